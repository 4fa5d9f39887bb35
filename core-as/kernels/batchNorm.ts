import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// y = (x - mean) / sqrt(var + eps) * gamma + beta. One item is a chunk of rows of one group.
// Arguments: x, moments, gamma, beta, y, scratch, groups, rows, chunks, chunk, channels, eps.
export function batchNormScratch(args: usize, threads: u32): usize {
  return ((((<usize>load<u32>(args, 40)) << 2) + 127) & ~63) * threads;
}

export function batchNorm(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const moments = load<usize>(args, 4);
  const gamma = load<usize>(args, 8);
  const beta = load<usize>(args, 12);
  const y = load<usize>(args, 16);
  const rows = load<u32>(args, 28);
  const chunks = load<u32>(args, 32);
  const chunk = load<u32>(args, 36);
  const channels = load<u32>(args, 40);
  const eps = load<f32>(args, 44);
  const stride = (<usize>channels) << 2;
  const scales = load<usize>(args, 20) + ((stride + 127) & ~63) * thread;
  let known: u32 = -1;
  const last = share(load<u32>(args, 24) * chunks, 1, thread + 1, threads);
  for (let item = share(load<u32>(args, 24) * chunks, 1, thread, threads); item < last; item++) {
    const group = item / chunks;
    const mean = moments + <usize>(group * 2) * stride;
    if (group != known) {
      for (let c: usize = 0; c < stride; c += 4)
        store<f32>(scales + c, load<f32>(gamma + c) / Mathf.sqrt(load<f32>(mean + stride + c) + eps));
      known = group;
    }
    const first = (item % chunks) * chunk;
    const at = <usize>(group * rows + first) * stride;
    const end = at + <usize>min(chunk, rows - first) * stride;
    for (let row = at; row < end; row += stride)
      for (let c: usize = 0; c < stride; c += 16)
        storeLanes(
          y + row + c,
          madd(
            f32x4.sub(v128.load(x + row + c), v128.load(mean + c)),
            v128.load(scales + c),
            v128.load(beta + c),
          ),
          <u32>(stride - c) >> 2,
        );
  }
}
