import { share } from "../runtime/share";

// y[4 n + t] = x[n] after t quarter turns counter-clockwise. Arguments: x, y, scratch, N, L, C.
export function quarterTurns(args: usize, thread: u32, threads: u32): void {
  const N = load<u32>(args, 12);
  const L = load<u32>(args, 16);
  const pixel = (<usize>load<u32>(args, 20)) << 2;
  const line = pixel * <usize>L;
  const image = line * <usize>L;
  const end = share(4 * N, 1, thread + 1, threads);
  for (let n = share(4 * N, 1, thread, threads); n < end; n++) {
    const turns = n % 4;
    const x = load<usize>(args) + image * <usize>(n / 4);
    let y = load<usize>(args, 4) + image * <usize>n;
    for (let i: u32 = 0; i < L; i++)
      for (let j: u32 = 0; j < L; j++, y += pixel) {
        const row = turns == 0 ? i : turns == 1 ? j : turns == 2 ? L - 1 - i : L - 1 - j;
        const column = turns == 0 ? j : turns == 1 ? L - 1 - i : turns == 2 ? L - 1 - j : i;
        memory.copy(y, x + line * <usize>row + pixel * <usize>column, pixel);
      }
  }
}
