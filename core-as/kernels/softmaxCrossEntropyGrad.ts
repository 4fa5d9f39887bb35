import { storeLanes } from "../runtime/lanes";
import { exp4 } from "../runtime/math";
import { largest, sumExp } from "../runtime/rows";
import { share } from "../runtime/share";

// dlogits[n, c] = dy[n] * (softmax(logits[n])[c] - [c = labels[n]]).
// Arguments: logits, labels, dy, dlogits, scratch, N, C.
export function softmaxCrossEntropyGrad(args: usize, thread: u32, threads: u32): void {
  const labels = load<usize>(args, 4);
  const dy = load<usize>(args, 8);
  const N = load<u32>(args, 20);
  const C = load<u32>(args, 24);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const row = load<usize>(args) + ((<usize>n * C) << 2);
    const to = load<usize>(args, 12) + ((<usize>n * C) << 2);
    const top = largest(row, C);
    const weight = load<f32>(dy + ((<usize>n) << 2));
    const scale = f32x4.splat(weight / sumExp(row, C, top));
    for (let c: u32 = 0; c < C; c += 4) {
      const at = (<usize>c) << 2;
      const power = exp4(f32x4.sub(v128.load(row + at), f32x4.splat(top)));
      storeLanes(to + at, f32x4.mul(power, scale), C - c);
    }
    const label = to + ((<usize>load<u32>(labels + ((<usize>n) << 2))) << 2);
    store<f32>(label, load<f32>(label) - weight);
  }
}
