import { packConvolution, packConvolutionScratch } from "../runtime/convolution";

// Weights as conv2dBias takes them. Arguments: w, y, scratch, N, H, W, C, O, KH, KW, OH, OW, stride, padding, dilation,
// groups, size.
export function conv2dPackScratch(args: usize, threads: u32): usize {
  return packConvolutionScratch(threads);
}

export function conv2dPack(args: usize, thread: u32, threads: u32): void {
  packConvolution(args - 4, load<usize>(args, 4), load<usize>(args, 8), thread, threads);
}
