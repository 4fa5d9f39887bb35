import { share } from "../runtime/share";

// y[b] = how many of the 4096 numbers of chunk b are infinite or NaN. Arguments: x, y, scratch, size.
export function nonFinite(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const y = load<usize>(args, 4);
  const size = load<u32>(args, 12);
  const end = share(size, 4096, thread + 1, threads);
  for (let first = share(size, 4096, thread, threads); first < end; first += 4096) {
    let count: u32 = 0;
    for (let i = first; i < min<u32>(end, first + 4096); i++)
      count += u32((load<u32>(x + ((<usize>i) << 2)) & 0x7f800000) == 0x7f800000);
    store<u32>(y + ((<usize>(first / 4096)) << 2), count);
  }
}
