import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// Per chunk of rows and channel: sum of dy, and of dy * (x - mean) / sqrt(var + eps). One item is a chunk of one group.
// Arguments: x, moments, dy, y, scratch, groups, rows, chunks, chunk, channels, eps.
export function batchNormGradSums(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const moments = load<usize>(args, 4);
  const dy = load<usize>(args, 8);
  const y = load<usize>(args, 12);
  const rows = load<u32>(args, 24);
  const chunks = load<u32>(args, 28);
  const chunk = load<u32>(args, 32);
  const stride = (<usize>load<u32>(args, 36)) << 2;
  const eps = f32x4.splat(load<f32>(args, 40));
  const last = share(load<u32>(args, 20) * chunks, 1, thread + 1, threads);
  for (let item = share(load<u32>(args, 20) * chunks, 1, thread, threads); item < last; item++) {
    const group = item / chunks;
    const first = (item % chunks) * chunk;
    const count = min(chunk, rows - first);
    const at = <usize>(group * rows + first) * stride;
    for (let c: usize = 0; c < stride; c += 16) {
      const mean = v128.load(moments + <usize>(group * 2) * stride + c);
      const variance = v128.load(moments + <usize>(group * 2 + 1) * stride + c);
      let s = f32x4.splat(0);
      let t = f32x4.splat(0);
      let p = x + at + c;
      let q = dy + at + c;
      for (let r = count; r; r--, p += stride, q += stride) {
        const d = v128.load(q);
        s = f32x4.add(s, d);
        t = madd(d, f32x4.sub(v128.load(p), mean), t);
      }
      t = f32x4.div(t, f32x4.sqrt(f32x4.add(variance, eps)));
      const to = y + <usize>(item * 2) * stride + c;
      storeLanes(to, s, <u32>(stride - c) >> 2);
      storeLanes(to + stride, t, <u32>(stride - c) >> 2);
    }
  }
}
