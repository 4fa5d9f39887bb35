import { convolution, convolutionScratch } from "../runtime/convolution";

// y = conv2d(x, w) + bias, plus residual with add, and max(y, 0) with relu. Arguments: x, w, bias, residual, y, scratch,
// N, H, W, C, O, KH, KW, OH, OW, stride, padding, dilation, groups, add, relu, packed.
//
// Each thread writes the arguments of conv2d into its scratch, and the record of the epilogue behind them.

/** Words from conv2d's y to its last field, and bytes of all that a thread writes. */
const WORDS: usize = 15;
const OWN: usize = 128;

export function conv2dBiasScratch(args: usize, threads: u32): usize {
  return OWN * threads + convolutionScratch(args + 8, true, threads); // whose fields lie 8 bytes nearer to the beginning
}

export function conv2dBias(args: usize, thread: u32, threads: u32): void {
  const scratch = load<usize>(args, 20);
  const own = scratch + OWN * thread;
  store<u64>(own, load<u64>(args));
  memory.copy(own + 8, args + 16, WORDS << 2);
  store<usize>(own + 12, scratch + OWN * threads);
  const epilogue = own + 80;
  store<usize>(epilogue, load<usize>(args, 8));
  store<usize>(epilogue, load<u32>(args, 76) ? load<usize>(args, 12) : 0, 4);
  store<u32>(epilogue, load<u32>(args, 80), 8);
  store<usize>(epilogue, load<usize>(args, 16), 12);
  store<usize>(epilogue, load<u32>(args, 84) ? load<usize>(args, 4) : 0, 16);
  convolution(own, epilogue, thread, threads);
}
