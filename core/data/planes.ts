/** Images that lie in a file as bare planes of red, green and blue, one after the other: CIFAR's. */
export interface Planes {
  width: number;
  height: number;
}

/** planes [3, height, width] -> pixels [height, width, 3] */
export function interleaved(planes: Uint8Array, { width, height }: Planes): Uint8Array {
  const area = width * height;
  const pixels = new Uint8Array(3 * area);
  for (let c = 0; c < 3; c++) for (let i = 0; i < area; i++) pixels[3 * i + c] = planes[c * area + i];
  return pixels;
}
