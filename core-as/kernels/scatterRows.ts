// bank[indices[n]] = rows[n], the last of an index kept. Arguments: rows, indices, bank, scratch, N, D.
//
// A thread writes the places that fall to it, in the order of rows, so that no two write one.
export function scatterRows(args: usize, thread: u32, threads: u32): void {
  const rows = load<usize>(args);
  const indices = load<usize>(args, 4);
  const bank = load<usize>(args, 8);
  const N = load<u32>(args, 16);
  const bytes = (<usize>load<u32>(args, 20)) << 2;
  for (let n: u32 = 0; n < N; n++) {
    const at = load<u32>(indices + ((<usize>n) << 2));
    if (at % threads == thread) memory.copy(bank + <usize>at * bytes, rows + <usize>n * bytes, bytes);
  }
}
