// labels[indices[n]] = values[n], the last of an index kept. Arguments: values, indices, labels, scratch, N.
//
// A thread writes the places that fall to it, in the order of values, so that no two write one.
export function scatterLabels(args: usize, thread: u32, threads: u32): void {
  const values = load<usize>(args);
  const indices = load<usize>(args, 4);
  const labels = load<usize>(args, 8);
  const N = load<u32>(args, 16);
  for (let n: usize = 0; n < (<usize>N) << 2; n += 4) {
    const at = load<u32>(indices + n);
    if (at % threads == thread) store<u32>(labels + ((<usize>at) << 2), load<u32>(values + n));
  }
}
