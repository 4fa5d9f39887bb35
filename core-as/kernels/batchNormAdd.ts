import { normalise } from "../runtime/normalise";

// y = max((x - mean) / sqrt(var + eps) * gamma + beta + residual, 0).
// Arguments: x, moments, gamma, beta, residual, y, scratch, groups, rows, chunks, chunk, channels, relu, eps.
export function batchNormAddScratch(args: usize, threads: u32): usize {
  return ((((<usize>load<u32>(args, 44)) << 2) + 127) & ~63) * threads;
}

export function batchNormAdd(args: usize, thread: u32, threads: u32): void {
  normalise(args, args + 20, load<usize>(args, 16), thread, threads);
}
