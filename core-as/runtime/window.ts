// Which pixels a pooling window holds, and which windows hold a pixel, along one axis.

/** First pixel of the window of output o, within the image. */
export function windowStart(o: u32, stride: u32, padding: u32): u32 {
  return o * stride > padding ? o * stride - padding : 0;
}

/** The pixel after its last one. */
export function windowEnd(o: u32, kernel: u32, stride: u32, padding: u32, extent: u32): u32 {
  return min(o * stride + kernel - padding, extent);
}

/** First output whose window holds pixel i. */
export function holderStart(i: u32, kernel: u32, stride: u32, padding: u32): u32 {
  return i + padding < kernel ? 0 : (i + padding - kernel) / stride + 1;
}

/** The output after the last one. */
export function holderEnd(i: u32, stride: u32, padding: u32, outputs: u32): u32 {
  return min((i + padding) / stride + 1, outputs);
}
