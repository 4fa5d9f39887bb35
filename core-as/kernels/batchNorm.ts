import { normalise } from "../runtime/normalise";

// y = (x - mean) / sqrt(var + eps) * gamma + beta, and max(y, 0) with relu.
// Arguments: x, moments, gamma, beta, y, scratch, groups, rows, chunks, chunk, channels, relu, eps.
export function batchNormScratch(args: usize, threads: u32): usize {
  return ((((<usize>load<u32>(args, 40)) << 2) + 127) & ~63) * threads;
}

export function batchNorm(args: usize, thread: u32, threads: u32): void {
  normalise(args, args + 16, 0, thread, threads);
}
