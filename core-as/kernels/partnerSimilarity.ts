import { dot } from "../runtime/rows";
import { share } from "../runtime/share";

// s[i] = z[i] . z[p] / temperature, p the partner of i. Arguments: z, s, scratch, M, D, temperature.
export function partnerSimilarity(args: usize, thread: u32, threads: u32): void {
  const z = load<usize>(args);
  const s = load<usize>(args, 4);
  const half = load<u32>(args, 12) / 2;
  const D = load<u32>(args, 16);
  const scale = <f32>1 / load<f32>(args, 20);
  const end = share(half, 1, thread + 1, threads);
  for (let i = share(half, 1, thread, threads); i < end; i++) {
    const value = dot(z + ((<usize>i * D) << 2), z + ((<usize>(i + half) * D) << 2), D) * scale;
    store<f32>(s + ((<usize>i) << 2), value);
    store<f32>(s + ((<usize>(i + half)) << 2), value);
  }
}
