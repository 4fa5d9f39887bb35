import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// Per chunk of rows and channel: sum of dy, and of dy * (x - mean) / sqrt(var + eps); with relu, where batchNorm's output
// is above zero, computed by the same operations. One item is a chunk of one group.
// Arguments: x, moments, gamma, beta, dy, y, scratch, groups, rows, chunks, chunk, channels, relu, eps.
export function batchNormGradSums(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const moments = load<usize>(args, 4);
  const gamma = load<usize>(args, 8);
  const beta = load<usize>(args, 12);
  const dy = load<usize>(args, 16);
  const y = load<usize>(args, 20);
  const rows = load<u32>(args, 32);
  const chunks = load<u32>(args, 36);
  const chunk = load<u32>(args, 40);
  const stride = (<usize>load<u32>(args, 44)) << 2;
  const relu = load<u32>(args, 48);
  const eps = f32x4.splat(load<f32>(args, 52));
  const zero = f32x4.splat(0);
  const last = share(load<u32>(args, 28) * chunks, 1, thread + 1, threads);
  for (let item = share(load<u32>(args, 28) * chunks, 1, thread, threads); item < last; item++) {
    const group = item / chunks;
    const first = (item % chunks) * chunk;
    const count = min(chunk, rows - first);
    const at = <usize>(group * rows + first) * stride;
    for (let c: usize = 0; c < stride; c += 16) {
      const mean = v128.load(moments + <usize>(group * 2) * stride + c);
      const variance = v128.load(moments + <usize>(group * 2 + 1) * stride + c);
      const deviation = f32x4.sqrt(f32x4.add(variance, eps));
      let s = f32x4.splat(0);
      let t = f32x4.splat(0);
      let p = x + at + c;
      let q = dy + at + c;
      if (relu) {
        const scale = f32x4.div(v128.load(gamma + c), deviation);
        const shift = v128.load(beta + c);
        for (let r = count; r; r--, p += stride, q += stride) {
          const centred = f32x4.sub(v128.load(p), mean);
          const d = v128.and(v128.load(q), f32x4.gt(madd(centred, scale, shift), zero));
          s = f32x4.add(s, d);
          t = madd(d, centred, t);
        }
      } else
        for (let r = count; r; r--, p += stride, q += stride) {
          const d = v128.load(q);
          s = f32x4.add(s, d);
          t = madd(d, f32x4.sub(v128.load(p), mean), t);
        }
      t = f32x4.div(t, deviation);
      const to = y + <usize>(item * 2) * stride + c;
      storeLanes(to, s, <u32>(stride - c) >> 2);
      storeLanes(to + stride, t, <u32>(stride - c) >> 2);
    }
  }
}
