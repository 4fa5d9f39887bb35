import { share } from "../runtime/share";

// bank[(position + n) mod K] = rows[n]. Arguments: rows, position, bank, scratch, K, N, D.
export function putRows(args: usize, thread: u32, threads: u32): void {
  const rows = load<usize>(args);
  const bank = load<usize>(args, 8);
  const K = load<u32>(args, 16);
  const bytes = (<usize>load<u32>(args, 24)) << 2;
  const position = load<u32>(load<usize>(args, 4)) % K;
  const N = load<u32>(args, 20);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++)
    memory.copy(bank + <usize>((position + n) % K) * bytes, rows + <usize>n * bytes, bytes);
}
