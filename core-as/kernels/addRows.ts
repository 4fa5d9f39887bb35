import { storeLanes } from "../runtime/lanes";
import { share } from "../runtime/share";

const COLUMNS: u32 = 16; // a cache line
const NONE: u32 = 0xffffffff;

/** Per thread: the first row of each index, and after each row the next one of its index. */
export function addRowsScratch(args: usize, threads: u32): usize {
  return ((<usize>(load<u32>(args, 16) + load<u32>(args, 20))) << 2) * threads;
}

// bank[k] += sum of rows[n] where indices[n] = k. Arguments: rows, indices, bank, scratch, K, N, D.
//
// A thread takes columns of all rows; lists of each index's rows, in order, let it touch a row of the bank but once.
export function addRows(args: usize, thread: u32, threads: u32): void {
  const rows = load<usize>(args);
  const indices = load<usize>(args, 4);
  const bank = load<usize>(args, 8);
  const K = load<u32>(args, 16);
  const N = load<u32>(args, 20);
  const D = load<u32>(args, 24);
  const from = share(D, COLUMNS, thread, threads);
  const to = share(D, COLUMNS, thread + 1, threads);
  if (from == to) return;
  const first = load<usize>(args, 12) + ((<usize>(K + N) * thread) << 2);
  const next = first + ((<usize>K) << 2);
  memory.fill(first, 0xff, (<usize>K) << 2);
  for (let n = N; n--; ) {
    const head = first + ((<usize>load<u32>(indices + ((<usize>n) << 2))) << 2);
    store<u32>(next + ((<usize>n) << 2), load<u32>(head));
    store<u32>(head, n);
  }
  const stride = (<usize>D) << 2;
  for (let k: u32 = 0; k < K; k++) {
    const head = load<u32>(first + ((<usize>k) << 2));
    if (head == NONE) continue;
    for (let d = from; d < to; d += 4) {
      const column = (<usize>d) << 2;
      let total = f32x4.splat(0);
      for (let n = head; n != NONE; n = load<u32>(next + ((<usize>n) << 2)))
        total = f32x4.add(total, v128.load(rows + n * stride + column));
      const at = bank + k * stride + column;
      storeLanes(at, f32x4.add(v128.load(at), total), to - d);
    }
  }
}
