import type { Image } from "./decode.ts";

/** A part of an image, in whole pixels. */
export interface Box {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** Pixels of a side of a box, and of what it becomes: the kernel's weights are products of the two in 31 bits. */
export const LONGEST_SIDE = 65_535;
const LONGEST_RESULT = 4096;

/** Bytes that the module keeps between two calls; after a larger image it begins anew. */
const KEPT = 2 ** 26;

interface Kernel {
  memory: WebAssembly.Memory;
  boxAt(): number;
  memoryFor(rows: number, columns: number, height: number, width: number): number;
  resize(rows: number, columns: number, height: number, width: number): number;
}

/**
 * The function that resizes boxes of images: bilinearly, by a triangle filter that widens where the image shrinks, rounded to
 * nearest, halves to even.
 *
 *     image u8 [H, W, 3], box within it -> out u8 [height, width, 3]
 *
 * torchvision's resized_crop(antialias=True) of a uint8 tensor, which up to 0.14 is computed in float32 and then rounded: all
 * 46,935 values of test/golden/resize are equal. One thread, the same bits on every host.
 *
 * Throws where the box is not within the image, and where it takes more memory than there is.
 */
export function resizer(
  module: WebAssembly.Module, // core-as/build/resize.wasm
): (image: Image, box: Box, out: { height: number; width: number; pixels: Uint8Array }) => void {
  const start = () => new WebAssembly.Instance(module).exports as unknown as Kernel; // core-as/codecs/resize.ts
  let kernel = start();

  return (image, box, { height, width, pixels }) => {
    check(image, box, { height, width, pixels });
    const bytes = kernel.memoryFor(box.height, box.width, height, width);
    grow(kernel.memory, bytes, box);
    const memory = new Uint8Array(kernel.memory.buffer);
    const row = 3 * box.width;
    for (let y = 0; y < box.height; y++) {
      const from = 3 * ((box.top + y) * image.width + box.left);
      memory.set(image.pixels.subarray(from, from + row), kernel.boxAt() + y * row);
    }
    const at = kernel.resize(box.height, box.width, height, width) >>> 0; // beyond 2 GiB it comes negative
    pixels.set(memory.subarray(at, at + 3 * height * width));
    if (memory.length > KEPT) kernel = start(); // memories do not shrink
  };
}

function grow(memory: WebAssembly.Memory, bytes: number, box: Box): void {
  const pages = Math.ceil((bytes - memory.buffer.byteLength) / 65_536);
  if (pages <= 0) return;
  try {
    memory.grow(pages);
  } catch (cause) {
    throw new RangeError(
      `resize: a box of ${box.width} x ${box.height} takes ${Math.ceil(bytes / 1e6)} MB of memory, more than there is; make the image smaller`,
      { cause },
    );
  }
}

function check(
  image: Image,
  { top, left, height, width }: Box,
  out: { height: number; width: number; pixels: Uint8Array },
): void {
  const within = (first: number, side: number, extent: number) =>
    Number.isInteger(first) && Number.isInteger(side) && first >= 0 && side >= 1 && first + side <= extent;
  if (!within(top, height, image.height) || !within(left, width, image.width))
    throw new RangeError(
      `resize: a box has whole pixels and lies within the image, ${image.width} x ${image.height}; ` +
        `got ${width} x ${height} at (${left}, ${top})`,
    );
  if (Math.max(height, width) > LONGEST_SIDE)
    throw new RangeError(`resize: a box's side has at most ${LONGEST_SIDE} pixels; got ${width} x ${height}`);
  if (!within(0, out.height, LONGEST_RESULT) || !within(0, out.width, LONGEST_RESULT))
    throw new RangeError(
      `resize: the result's side has 1 to ${LONGEST_RESULT} pixels; got ${out.width} x ${out.height}`,
    );
  if (out.pixels.length !== 3 * out.height * out.width)
    throw new RangeError(
      `resize: ${out.width} x ${out.height} pixels take ${3 * out.height * out.width} bytes; got ${out.pixels.length}`,
    );
}
