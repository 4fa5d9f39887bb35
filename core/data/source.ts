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

/** A small data set in memory, decoded: all images of one size. */
export interface ImageSet {
  pixels: Uint8Array; // [count, height, width, 3], RGB
  count: number;
  height: number;
  width: number;
  names: string[]; // [count], sorted
  /** [count], indices into `classes`; undefined if any image has no label. */
  labels: Uint32Array | undefined;
  classes: string[]; // sorted
  /** Of the files, skipped ones included: see sources/fingerprint.ts. */
  fingerprint: string;
  /** Images that could not be decoded and are not in the set. */
  skipped: Skipped[];
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
