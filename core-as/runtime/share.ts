// How work is split over threads. Splits never change what is added to what: same bits for any number of threads.

/** First of the items that fall to a thread, in whole blocks; the end of one thread's share is the next one's first. */
export function share(items: u32, block: u32, thread: u32, threads: u32): u32 {
  const blocks = (items + block - 1) / block;
  return min<u32>(items, <u32>((<u64>blocks * thread) / threads) * block);
}

/** Multiply and add, fused where the module is built for relaxed SIMD: a * b + c. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The four lanes' sum, in fixed order. */
export function lanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}
