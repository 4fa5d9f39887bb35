import { convolution, convolutionScratch } from "../runtime/convolution";

// y[n, oh, ow, o] = sum of x[n, oh s + kh d - p, ow s + kw d - p, c] * w[o, kh, kw, c]: runtime/convolution.ts
export function conv2dScratch(args: usize, threads: u32): usize {
  return convolutionScratch(args, false, threads);
}

export function conv2d(args: usize, thread: u32, threads: u32): void {
  convolution(args, 0, thread, threads);
}
