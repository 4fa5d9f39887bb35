import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { CIFAR_BYTES, CIFAR_SIZE, type CifarFile, cifarFile, cifarImages, cifarNames } from "../cifar.ts";
import { interleaved } from "../planes.ts";
import { type EncodePng, pngEncoder } from "./pngEncoder.ts";
import { tarFiles } from "./tarFormat.ts";
import { TAR_END, tarMember } from "./tarWriter.ts";

/** An archive of one split, in pieces to be written one after the other. */
export interface CifarTar {
  split: "train" | "test";
  count: number;
  chunks: Iterable<Uint8Array>;
}

/**
 * CIFAR's public archive, a gzipped tar of its binary version, as tar archives of PNG files, which lose nothing.
 *
 *     -> train/<class>/NNNN.png and test/<class>/NNNN.png, numbered within each class in the archive's order
 *
 * The public archive of CIFAR-10 gives 50,000 and 10,000.
 */
export async function cifarTars(archive: Uint8Array): Promise<CifarTar[]> {
  const encode = await pngEncoder();
  const bytes = gunzipSync(archive);
  const files = new Map<string, Uint8Array>();
  for (const { name, offset, size } of tarFiles(
    "the archive",
    (at, length) => bytes.subarray(at, at + length),
    bytes.length,
  ))
    files.set(basename(name), bytes.subarray(offset, offset + size));

  const found: ({ images: { label: string; planes: Uint8Array }[] } & CifarFile)[] = [];
  for (const [name, data] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const kind = cifarFile(name);
    if (!kind) continue;
    const names = files.get(kind.names);
    if (!names) throw new Error(`cifar: the archive lacks ${kind.names}, the names of its classes`);
    const images = [...cifarImages(name, data, kind, cifarNames(new TextDecoder().decode(names)))];
    const planes = (offset: number) => data.subarray(offset, offset + CIFAR_BYTES);
    found.push({ ...kind, images: images.map(({ label, offset }) => ({ label, planes: planes(offset) })) });
  }
  return (["train", "test"] as const).map((split) => {
    const images = found.filter((file) => file.split === split).flatMap((file) => file.images);
    if (images.length === 0) throw new Error(`cifar: the archive lacks the ${split} images`);
    return { split, count: images.length, chunks: members(split, images, encode) };
  });
}

function* members(
  split: string,
  images: { label: string; planes: Uint8Array }[],
  encode: EncodePng,
): Generator<Uint8Array> {
  const numbered = new Map<string, number>();
  for (const { label, planes } of images) {
    const number = numbered.get(label) ?? 0;
    numbered.set(label, number + 1);
    const name = `${split}/${label}/${String(number).padStart(4, "0")}.png`;
    yield tarMember(name, encode(interleaved(planes, CIFAR_SIZE), CIFAR_SIZE));
  }
  yield TAR_END;
}
