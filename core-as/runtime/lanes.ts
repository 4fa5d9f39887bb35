/** Stores the first `count` (1 to 4) lanes of a vector. */
export function storeLanes(to: usize, v: v128, count: u32): void {
  if (count >= 4) {
    v128.store(to, v);
    return;
  }
  v128.store_lane<f32>(to, v, 0);
  if (count > 1) v128.store_lane<f32>(to, v, 1, 4);
  if (count > 2) v128.store_lane<f32>(to, v, 2, 8);
}
