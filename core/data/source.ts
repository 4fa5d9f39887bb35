import type { Planes } from "./planes.ts";

/**
 * One image of a data set: where its bytes lie, as data that may be sent to another thread.
 *
 * A sample's index is its rank among the sorted names, whatever files the images come from.
 */
export interface Entry {
  /** Unique in the data set: the path inside of the archive or folder, with "/" between its parts. */
  name: string;
  /** The folder that the image lies in, or what a list says; undefined where there is neither. */
  label?: string;
  /** The `size` bytes at `offset` of the file `path`. */
  path: string;
  offset: number;
  size: number;
  /** The bytes are bare planes of this size, no file of a format. */
  planes?: Planes;
}

/** A data set: images by the rank of their names. */
export interface Images {
  count: number;
  names: string[]; // [count], sorted
  /** [count], indices into `classes`; undefined if any image has no label. */
  labels: Uint32Array | undefined;
  classes: string[]; // sorted
  /** Of the files, skipped ones included: see sources/fingerprint.ts. */
  fingerprint: string;
  /** Images that could not be decoded; of a stream, those that have been met so far. */
  skipped: Skipped[];
  /** Files that are no images by their endings; of what loadImages gives. */
  passedOver?: PassedOver;
}

/** Files that were not looked into, hidden ones and lists aside. */
export interface PassedOver {
  count: number;
  /** In lower case, sorted; "none" where there is none. */
  endings: string[];
}

/** A small data set in memory, decoded: all images of one size. What was skipped is not in it. */
export interface ImageSet extends Images {
  pixels: Uint8Array; // [count, height, width, 3], RGB
  height: number;
  width: number;
}

/** A data set that stays in its files: images of any size, decoded whenever they are shown. */
export interface ImageStream extends Images {
  /** [count, 2]: height and width of each image, upright. */
  sizes: Uint32Array;
  /**
   * Shows images: decodes each once, cuts a box out of it for every view and resizes it (see resize.ts).
   *
   *     index [N] -> shown [N], and each view's pixels
   *
   * `index` and boxes are read before it returns; pixels are written until it resolves. Requests may overlap and are
   * begun in the order in which they are made. What they give does not depend on threads or on one another.
   *
   * An image that proves damaged is replaced by the next in order of names that is not, after the last by the first; of
   * that one each view shows the square at the centre. `shown` says by which. The damaged image is listed in `skipped`.
   *
   * Rejects where a box is not within its image, where a file cannot be read any more, when more than 1 % of all images, and more
   * than one, have been skipped, and when the stream is closed.
   */
  cut(index: Uint32Array, views: readonly Cut[]): Promise<Uint32Array>;
  /** Ends the threads, whatever they are doing. Without it they do not keep an idle process alive either. */
  close(): Promise<void>;
}

/** Images that are at hand in either way: `"pixels" in images` tells them apart. */
export type DataSet = ImageSet | ImageStream;

/** One view of each image of a request. */
export interface Cut {
  boxes: Uint32Array | Float32Array; // [N, 4]: top, left, height, width, in whole pixels of the image
  height: number;
  width: number;
  pixels: Uint8Array; // [N, height, width, 3], to be filled
}

export interface Skipped {
  name: string;
  reason: string;
}

/** "train/cat/1.jpg" -> "cat", "1.jpg" -> undefined. */
export function labelOf(name: string): string | undefined {
  return name.split("/").at(-2);
}

/** As a part of a regular expression. */
export const IMAGE_ENDINGS = "jpe?g|png|webp";

const IMAGE = new RegExp(`(^|/)[^./][^/]*\\.(${IMAGE_ENDINGS})$`, "i");

/** Whether a name is an image's: by extension, and not hidden ("._1.jpg" is what macOS leaves in archives). */
export function isImage(name: string): boolean {
  return IMAGE.test(name);
}

/** By UTF-16 code units: the same order in every locale. */
export const byName = (a: { name: string }, b: { name: string }) =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** Labels as indices into the sorted classes; no indices if any label is missing. */
export function classify(labels: (string | undefined)[]): {
  labels: Uint32Array | undefined;
  classes: string[];
} {
  const classes = [...new Set(labels.filter((label) => label !== undefined))].sort();
  const index = new Map(classes.map((label, i) => [label, i]));
  if (labels.length === 0 || labels.includes(undefined)) return { labels: undefined, classes };
  return { labels: Uint32Array.from(labels, (label) => index.get(label as string) as number), classes };
}
