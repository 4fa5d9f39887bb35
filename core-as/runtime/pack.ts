/** Four rows of K numbers, `row` bytes apart, to four lanes of each row of a panel [K][8]. */
export function packFour(from: usize, row: usize, K: u32, to: usize): void {
  let k = K;
  for (; k >= 4; k -= 4, from += 16, to += 128) {
    const v0 = v128.load(from);
    const v1 = v128.load(from + row);
    const v2 = v128.load(from + 2 * row);
    const v3 = v128.load(from + 3 * row);
    const low0 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
    const low2 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
    const high0 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
    const high2 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<u64>(low0, low2, 0, 2));
    v128.store(to, v128.shuffle<u64>(low0, low2, 1, 3), 32);
    v128.store(to, v128.shuffle<u64>(high0, high2, 0, 2), 64);
    v128.store(to, v128.shuffle<u64>(high0, high2, 1, 3), 96);
  }
  for (; k; k--, from += 4, to += 32)
    for (let r: usize = 0; r < 4; r++) store<f32>(to + (r << 2), load<f32>(from + r * row));
}
