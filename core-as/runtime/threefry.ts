// Threefry-2x32, 20 rounds (core/random.ts): the same words, four counters at a time.

function rotated(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

/** The eight words of key (k0, k1) and the counters (c0, c1) to (c0 + 3, c1), block after block. */
export function threefry4(k0: u32, k1: u32, c0: u32, c1: u32, to: usize): void {
  let x = i32x4.add(i32x4.splat(c0 + k0), i32x4(0, 1, 2, 3));
  let y = i32x4.splat(c1 + k1);
  let p = k1; // p, q, r: the key words in the order in which they are added
  let q = 0x1bd11bda ^ k0 ^ k1;
  let r = k0;
  for (let i: u32 = 1; i <= 5; i++) {
    const odd = (i & 1) == 1;
    x = i32x4.add(x, y);
    y = v128.xor(rotated(y, odd ? 13 : 17), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotated(y, odd ? 15 : 29), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotated(y, odd ? 26 : 16), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotated(y, odd ? 6 : 24), x);
    x = i32x4.add(x, i32x4.splat(p));
    y = i32x4.add(y, i32x4.splat(q + i));
    const first = p;
    p = q;
    q = r;
    r = first;
  }
  v128.store(to, v128.shuffle<i32>(x, y, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<i32>(x, y, 2, 6, 3, 7), 16);
}
