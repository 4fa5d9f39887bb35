import { storeLanes } from "./lanes";

// What happens to a convolution's outputs as they are written: bias and residual added, rectified. A record holds the
// address of the bias, of the residual (0: none), whether to rectify, the address of the output and that of weights packed
// before (0: none): five words.

/** Weights that were packed before, or 0. */
export function packedWeights(record: usize): usize {
  return record ? load<usize>(record, 16) : 0;
}

/** Finishes `bytes` bytes of one pixel's channels: from `source` to `target` in the output, the first channel's at `channel`. */
export function finish(record: usize, source: usize, target: usize, channel: usize, bytes: usize): void {
  const bias = load<usize>(record) + channel;
  const residual = load<usize>(record, 4);
  // pmax leaves a number as it is beside minus infinity
  const least = load<u32>(record, 8) ? f32x4.splat(0) : f32x4.splat(-f32.POSITIVE_INFINITY);
  if (residual) {
    const more = residual + (target - load<usize>(record, 12));
    for (let at: usize = 0; at < bytes; at += 16) {
      const value = f32x4.add(v128.load(source + at), v128.load(bias + at));
      const total = f32x4.add(value, v128.load(more + at));
      storeLanes(target + at, f32x4.pmax(total, least), <u32>((bytes - at) >> 2));
    }
  } else
    for (let at: usize = 0; at < bytes; at += 16) {
      const value = f32x4.add(v128.load(source + at), v128.load(bias + at));
      storeLanes(target + at, f32x4.pmax(value, least), <u32>((bytes - at) >> 2));
    }
}
