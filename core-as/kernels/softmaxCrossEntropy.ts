import { log1 } from "../runtime/math";
import { largest, sumExp } from "../runtime/rows";
import { share } from "../runtime/share";

// loss[n] = log sum over c of exp(logits[n, c]) - logits[n, labels[n]]. Arguments: logits, labels, losses, scratch, N, C.
export function softmaxCrossEntropy(args: usize, thread: u32, threads: u32): void {
  const labels = load<usize>(args, 4);
  const losses = load<usize>(args, 8);
  const N = load<u32>(args, 16);
  const C = load<u32>(args, 20);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const row = load<usize>(args) + ((<usize>n * C) << 2);
    const top = largest(row, C);
    const label = load<u32>(labels + ((<usize>n) << 2));
    const loss = log1(sumExp(row, C, top)) + (top - load<f32>(row + ((<usize>label) << 2)));
    store<f32>(losses + ((<usize>n) << 2), loss);
  }
}
