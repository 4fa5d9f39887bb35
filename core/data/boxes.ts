import type { Box } from "./resize.ts";

/**
 * The square at an image's centre whose side is `share` of the image's shorter one: what the usual evaluation shows of it,
 * torchvision's Resize(256) and CenterCrop(224) where the share is 224 / 256.
 *
 *     side = round(share * min(height, width)), halves up, at least 1;  top = floor((height - side) / 2), left likewise
 *
 * Cut from the original at once. torchvision rounds after resizing, so that its square may lie off ours by a pixel of
 * either.
 */
export function centreBox(height: number, width: number, share: number): Box {
  if (!(share > 0 && share <= 1))
    throw new RangeError(`boxes: a share is above 0 and at most 1; got ${share}`);
  const side = Math.max(1, Math.floor(share * Math.min(height, width) + 0.5));
  return {
    top: Math.floor((height - side) / 2),
    left: Math.floor((width - side) / 2),
    height: side,
    width: side,
  };
}

/**
 * `centreBox` of each indexed image, as ImageStream.cut takes them.
 *
 *     index [N], sizes [count, 2] (height, width) -> [N, 4] (top, left, height, width)
 */
export function centreBoxes(index: Uint32Array, sizes: Uint32Array, share: number): Uint32Array<ArrayBuffer> {
  const boxes = new Uint32Array(4 * index.length);
  for (const [i, image] of index.entries()) {
    const { top, left, height, width } = centreBox(sizes[2 * image], sizes[2 * image + 1], share);
    boxes.set([top, left, height, width], 4 * i);
  }
  return boxes;
}
