/** Weights of convolutions lie OHWI on a device and OIHW in what PyTorch writes. */

/** [O, I, H, W] -> [O, H, W, I]; numbers of another rank stay as they are. */
export function ohwi(values: Float32Array, shape: readonly number[]): Float32Array<ArrayBuffer> {
  if (shape.length !== 4) return values.slice();
  const [, I, H, W] = shape;
  return values.map((_, at) => {
    const [i, w, h, o] = [
      at % I,
      Math.floor(at / I) % W,
      Math.floor(at / (I * W)) % H,
      Math.floor(at / (I * W * H)),
    ];
    return values[((o * I + i) * H + h) * W + w];
  }) as Float32Array<ArrayBuffer>;
}

/** [O, H, W, I], given as such -> [O, I, H, W]; numbers of another rank stay as they are. */
export function oihw(values: Float32Array, shape: readonly number[]): Float32Array<ArrayBuffer> {
  if (shape.length !== 4) return values.slice();
  const [, H, W, I] = shape;
  return values.map((_, at) => {
    const [w, h, i, o] = [
      at % W,
      Math.floor(at / W) % H,
      Math.floor(at / (W * H)) % I,
      Math.floor(at / (W * H * I)),
    ];
    return values[((o * H + h) * W + w) * I + i];
  }) as Float32Array<ArrayBuffer>;
}
