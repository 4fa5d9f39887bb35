/** Features as files that other programs read: pure functions of values, usable on Workers. */
import { npyChunks } from "./npy.ts";
import { type SafetensorsTensor, safetensorsChunks } from "./safetensors.ts";

/** Features of named images, one row an image, in order of names. */
export interface NamedFeatures {
  values: Float32Array; // [count, dimension]
  count: number;
  dimension: number;
  names: readonly string[]; // [count]
  labels?: Uint32Array; // [count], indices into classes
  classes: readonly string[];
}

/** A file in pieces, to be written one after the other. */
export interface FeatureFile {
  path: string;
  chunks: Iterable<Uint8Array>;
}

const writers = { ".safetensors": safetensors, ".npy": npy };

/** How files of a path's ending are written. Throws where there is no such format. */
function writerOf(path: string): (typeof writers)[keyof typeof writers] {
  for (const [ending, writer] of Object.entries(writers)) if (path.endsWith(ending)) return writer;
  throw new Error(`extract: the file must end in ${Object.keys(writers).join(" or ")}; got ${path}`);
}

/** Throws unless features can be written to files of this path's ending: to be asked before they are computed. */
export function checkFeaturePath(path: string): void {
  writerOf(path);
}

/**
 * The files that hold features, by the ending of `path`:
 *
 *     .safetensors   features F32 [count, dimension]; labels I64 [count] if there are any; in the metadata `names` and
 *                    `classes` as JSON lists, and what is given
 *     .npy           features f4 [count, dimension]; beside it <stem>.names.txt, one name a line
 */
export function featureFiles(
  path: string,
  features: NamedFeatures,
  metadata: Readonly<Record<string, string>> = {},
): FeatureFile[] {
  return writerOf(path)(path, features, metadata);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBufferLike>) =>
  new Uint8Array(buffer, byteOffset, byteLength);

function safetensors(
  path: string,
  { values, count, dimension, names, labels, classes }: NamedFeatures,
  metadata: Readonly<Record<string, string>>,
): FeatureFile[] {
  const tensors = new Map<string, SafetensorsTensor>();
  tensors.set("features", { dtype: "F32", shape: [count, dimension], data: bytesOf(values) });
  if (labels) {
    const wide = BigInt64Array.from(labels, BigInt); // what PyTorch indexes by; it lacks most of u32
    tensors.set("labels", { dtype: "I64", shape: [count], data: bytesOf(wide) });
  }
  const lists = { names: JSON.stringify(names), classes: JSON.stringify(classes) };
  return [{ path, chunks: safetensorsChunks(tensors, { ...metadata, ...lists }) }];
}

function npy(path: string, { values, count, dimension, names }: NamedFeatures): FeatureFile[] {
  const broken = names.find((name) => /[\r\n]/.test(name));
  if (broken !== undefined)
    throw new Error(
      `extract: a name of more than one line cannot stand in a list: ${JSON.stringify(broken)}; use .safetensors`,
    );
  const list = new TextEncoder().encode(names.map((name) => `${name}\n`).join(""));
  return [
    { path: path.replace(/npy$/, "names.txt"), chunks: [list] },
    { path, chunks: npyChunks([count, dimension], values) },
  ];
}
