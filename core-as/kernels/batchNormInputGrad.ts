import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// dx = gamma / sqrt(var + eps) * (dy - sum(dy) / n - xhat * sum(dy xhat) / n), per channel dx = a * dy + b * (x - mean) + c.
// With relu, dy counts where batchNorm's output is above zero, computed by the same operations.
// Arguments: x, moments, gamma, beta, dy, sums, dx, scratch, groups, rows, chunks, chunk, channels, relu, eps.
export function batchNormInputGradScratch(args: usize, threads: u32): usize {
  return privateBytes((<usize>load<u32>(args, 48)) << 2) * threads;
}

function privateBytes(stride: usize): usize {
  return ((stride + 63) & ~63) * 4 + 64;
}

export function batchNormInputGrad(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const moments = load<usize>(args, 4);
  const gamma = load<usize>(args, 8);
  const beta = load<usize>(args, 12);
  const dy = load<usize>(args, 16);
  const sums = load<usize>(args, 20);
  const dx = load<usize>(args, 24);
  const rows = load<u32>(args, 36);
  const chunks = load<u32>(args, 40);
  const chunk = load<u32>(args, 44);
  const stride = (<usize>load<u32>(args, 48)) << 2;
  const relu = load<u32>(args, 52);
  const eps = load<f32>(args, 56);
  const zero = f32x4.splat(0);
  const a = load<usize>(args, 28) + privateBytes(stride) * thread;
  const b = a + ((stride + 63) & ~63);
  const c = b + ((stride + 63) & ~63);
  const scales = c + ((stride + 63) & ~63);
  let known: u32 = -1;
  const last = share(load<u32>(args, 32) * chunks, 1, thread + 1, threads);
  for (let item = share(load<u32>(args, 32) * chunks, 1, thread, threads); item < last; item++) {
    const group = item / chunks;
    if (group != known) {
      const base = <usize>(group * 2) * stride;
      for (let i: usize = 0; i < stride; i += 4) {
        const deviation = Mathf.sqrt(load<f32>(moments + base + stride + i) + eps);
        const scale: f32 = 1 / deviation;
        const factor = load<f32>(gamma + i) * scale;
        const slope = (-factor * scale * load<f32>(sums + base + stride + i)) / <f32>rows;
        store<f32>(a + i, factor);
        store<f32>(b + i, slope);
        store<f32>(c + i, (-factor * load<f32>(sums + base + i)) / <f32>rows);
        store<f32>(scales + i, load<f32>(gamma + i) / deviation);
      }
      known = group;
    }
    const first = (item % chunks) * chunk;
    const at = <usize>(group * rows + first) * stride;
    const end = at + <usize>min(chunk, rows - first) * stride;
    const mean = moments + <usize>(group * 2) * stride;
    for (let row = at; row < end; row += stride)
      for (let i: usize = 0; i < stride; i += 16) {
        const centred = f32x4.sub(v128.load(x + row + i), v128.load(mean + i));
        let d = v128.load(dy + row + i);
        if (relu) d = v128.and(d, f32x4.gt(madd(centred, v128.load(scales + i), v128.load(beta + i)), zero));
        const tail = madd(v128.load(b + i), centred, v128.load(c + i));
        storeLanes(dx + row + i, madd(v128.load(a + i), d, tail), <u32>(stride - i) >> 2);
      }
  }
}
