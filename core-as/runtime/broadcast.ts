import { share } from "./share";

// Element-wise ops of two broadcast inputs. Arguments: a, b, y, scratch, size, same, n1, n2, n3, a0..a3, b0..b3.

export const ADD: u32 = 0;
export const SUB: u32 = 1;
export const MUL: u32 = 2;
export const DIV: u32 = 3;

function vector(kind: u32, a: v128, b: v128): v128 {
  if (kind == ADD) return f32x4.add(a, b);
  if (kind == SUB) return f32x4.sub(a, b);
  if (kind == MUL) return f32x4.mul(a, b);
  return f32x4.div(a, b);
}

function scalar(kind: u32, a: f32, b: f32): f32 {
  if (kind == ADD) return a + b;
  if (kind == SUB) return a - b;
  if (kind == MUL) return a * b;
  return a / b;
}

export function broadcast(kind: u32, args: usize, thread: u32, threads: u32): void {
  const a = load<usize>(args);
  const b = load<usize>(args, 4);
  const y = load<usize>(args, 8);
  const size = load<u32>(args, 16);
  if (load<u32>(args, 20)) {
    const end = share(size, 16, thread + 1, threads);
    let i = share(size, 16, thread, threads);
    for (; i + 4 <= end; i += 4) {
      const at = (<usize>i) << 2;
      v128.store(y + at, vector(kind, v128.load(a + at), v128.load(b + at)));
    }
    for (; i < end; i++) {
      const at = (<usize>i) << 2;
      store<f32>(y + at, scalar(kind, load<f32>(a + at), load<f32>(b + at)));
    }
    return;
  }
  const n1 = load<u32>(args, 24);
  const n2 = load<u32>(args, 28);
  const n3 = load<u32>(args, 32);
  const a3 = (<usize>load<u32>(args, 48)) << 2;
  const b3 = (<usize>load<u32>(args, 64)) << 2;
  const rows = size / n3;
  const last = share(rows, 1, thread + 1, threads);
  for (let row = share(rows, 1, thread, threads); row < last; row++) {
    const i2 = row % n2;
    const i1 = (row / n2) % n1;
    const i0 = row / n2 / n1;
    let p =
      a + ((<usize>(i0 * load<u32>(args, 36) + i1 * load<u32>(args, 40) + i2 * load<u32>(args, 44))) << 2);
    let q =
      b + ((<usize>(i0 * load<u32>(args, 52) + i1 * load<u32>(args, 56) + i2 * load<u32>(args, 60))) << 2);
    let out = y + ((<usize>row * n3) << 2);
    let i: u32 = 0;
    for (; i + 4 <= n3; i += 4) {
      const left = a3 ? v128.load(p) : v128.load_splat<f32>(p);
      const right = b3 ? v128.load(q) : v128.load_splat<f32>(q);
      v128.store(out, vector(kind, left, right));
      p += a3 << 2;
      q += b3 << 2;
      out += 16;
    }
    for (; i < n3; i++) {
      store<f32>(out, scalar(kind, load<f32>(p), load<f32>(q)));
      p += a3;
      q += b3;
      out += 4;
    }
  }
}
