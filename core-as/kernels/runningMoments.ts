// y[0] = mean over groups of means, y[1] = mean over groups of variances * unbias: tiny, one thread's work.
// Arguments: moments, y, scratch, groups, channels, unbias.
export function runningMoments(args: usize, thread: u32, _threads: u32): void {
  if (thread) return;
  const moments = load<usize>(args);
  const y = load<usize>(args, 4);
  const groups = load<u32>(args, 12);
  const numbers = load<u32>(args, 16) * 2;
  const unbias = load<f32>(args, 20);
  for (let i: u32 = 0; i < numbers; i++) {
    let total: f32 = 0;
    for (let g: u32 = 0; g < groups; g++) total += load<f32>(moments + ((<usize>(g * numbers + i)) << 2));
    store<f32>(y + ((<usize>i) << 2), (total / <f32>groups) * (i < numbers / 2 ? 1 : unbias));
  }
}
