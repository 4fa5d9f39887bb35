/**
 * The binary version of CIFAR-10 and CIFAR-100: records of labels and planes, one after the other.
 *
 *     CIFAR-10   u8 label, u8 [3, 32, 32]
 *     CIFAR-100  u8 coarse label, u8 fine label, u8 [3, 32, 32]
 *
 * https://www.cs.toronto.edu/~kriz/cifar.html
 */

export const CIFAR_SIZE = { width: 32, height: 32 };
export const CIFAR_BYTES = 3 * 32 * 32; // of one image

/** What a file's name says of its records. */
export interface CifarFile {
  split: "train" | "test";
  /** Bytes before the planes; the last of them is the label. */
  labels: number;
  /** The file beside it that holds the names of the classes, one a line. */
  names: string;
}

/** Undefined where the name is none of CIFAR's. */
export function cifarFile(name: string): CifarFile | undefined {
  const ten = { labels: 1, names: "batches.meta.txt" };
  const hundred = { labels: 2, names: "fine_label_names.txt" };
  if (/^data_batch_\d+\.bin$/.test(name)) return { split: "train", ...ten };
  if (name === "test_batch.bin") return { split: "test", ...ten };
  if (name === "train.bin") return { split: "train", ...hundred };
  if (name === "test.bin") return { split: "test", ...hundred };
  return undefined;
}

/** One name a line; blank lines at the end are none. */
export const cifarNames = (text: string): string[] => text.trimEnd().split(/\r?\n/);

/** An image of a file: its class, and where its planes begin. */
export interface CifarImage {
  label: string;
  offset: number;
}

/**
 * The images of a file, in its order. Without `names` the labels themselves name the classes.
 *
 * Throws in the name of `path` where it holds no whole number of records, or a label without a name.
 */
export function* cifarImages(
  path: string,
  bytes: Uint8Array,
  { labels }: CifarFile,
  names?: readonly string[],
): Generator<CifarImage> {
  const record = labels + CIFAR_BYTES;
  if (bytes.length === 0 || bytes.length % record !== 0)
    throw new Error(`cifar: ${path} holds ${bytes.length} bytes, no whole number of records of ${record}`);
  for (let at = 0; at < bytes.length; at += record) {
    const value = bytes[at + labels - 1];
    const label = names ? names[value] : String(value).padStart(2, "0"); // names of equal length sort as numbers do
    if (!label)
      throw new Error(`cifar: ${path}: at byte ${at}: label ${value}, but there are ${names?.length} names`);
    yield { label, offset: at + labels };
  }
}
