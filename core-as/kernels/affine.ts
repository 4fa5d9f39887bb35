import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// y = scale * x + shift. Arguments: x, y, scratch, size, scale, shift.
export function affine(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const y = load<usize>(args, 4);
  const size = load<u32>(args, 12);
  const scale = v128.load_splat<f32>(args, 16);
  const shift = v128.load_splat<f32>(args, 20);
  const end = share(size, 16, thread + 1, threads);
  for (let i = share(size, 16, thread, threads); i < end; i += 4) {
    const at = (<usize>i) << 2;
    storeLanes(y + at, madd(scale, v128.load(x + at), shift), end - i);
  }
}
