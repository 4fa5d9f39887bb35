import { share } from "../runtime/share";

// Indices of the k largest of each row, the largest first, ties to the lower index. Arguments: x, y, scratch, N, M, k.
//
// The output row is a heap of indices with the worst at its root; a later element enters if it exceeds the root's value.
// Heap sort in place then brings the best to the front.
export function topK(args: usize, thread: u32, threads: u32): void {
  const N = load<u32>(args, 12);
  const M = load<u32>(args, 16);
  const k = load<u32>(args, 20);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const x = load<usize>(args) + ((<usize>n * M) << 2);
    const heap = load<usize>(args, 4) + ((<usize>n * k) << 2);
    for (let i: u32 = 0; i < k; i++) store<u32>(heap + ((<usize>i) << 2), i);
    for (let at = k / 2; at; at--) sink(x, heap, at - 1, k, load<u32>(heap + ((<usize>(at - 1)) << 2)));
    scan(x, heap, M, k);
    for (let size = k - 1; size; size--) {
      const last = heap + ((<usize>size) << 2);
      const moved = load<u32>(last);
      store<u32>(last, load<u32>(heap));
      sink(x, heap, 0, size, moved);
    }
  }
}

/** Lets elements k .. M enter the heap. */
function scan(x: usize, heap: usize, M: u32, k: u32): void {
  let least = value(x, load<u32>(heap));
  for (let i = k; i < M; i += 4) {
    if (!v128.any_true(f32x4.gt(v128.load(x + ((<usize>i) << 2)), f32x4.splat(least)))) continue;
    for (let j = i; j < min(i + 4, M); j++) {
      if (!(value(x, j) > least)) continue;
      sink(x, heap, 0, k, j);
      least = value(x, load<u32>(heap));
    }
  }
}

/** Puts an index into the subtree at `at`, whose root is free: below all that is worse. */
function sink(x: usize, heap: usize, at: u32, size: u32, index: u32): void {
  for (;;) {
    let child: u32 = 2 * at + 1;
    if (child >= size) break;
    let candidate = load<u32>(heap + ((<usize>child) << 2));
    if (child + 1 < size) {
      const sibling = load<u32>(heap + ((<usize>child) << 2), 4);
      if (isWorse(x, sibling, candidate)) {
        child++;
        candidate = sibling;
      }
    }
    if (!isWorse(x, candidate, index)) break;
    store<u32>(heap + ((<usize>at) << 2), candidate);
    at = child;
  }
  store<u32>(heap + ((<usize>at) << 2), index);
}

function isWorse(x: usize, i: u32, j: u32): bool {
  const a = value(x, i);
  const b = value(x, j);
  return a < b || (a == b && i > j);
}

function value(x: usize, i: u32): f32 {
  return load<f32>(x + ((<usize>i) << 2));
}
