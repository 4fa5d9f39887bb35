// Matrix product: y[m, n] = sum over k of a[m, k] * b[k, n].
//
// A workgroup of WX x WY threads computes a tile of 8 WY rows and 8 WX columns (64 x 64 by 8 x 8 threads), each
// thread four blocks of 4 x 4, which lie half a tile apart, in registers. Strips of BK columns of a and BK rows of b
// pass through workgroup memory, k outermost, so that a step of k reads two vectors of each for 64 products. Threads
// fetch vectors along whichever axis is contiguous in memory; where that is k, four rows at once, which they turn in
// registers: vectors in workgroup memory are written whole, since a write to a component may touch all of it.
//
// workgroups: N / (8 * WX), M / (8 * WY)
const WX = 8; // threads along columns and rows
const WY = 8;
const BK = 16;
const LARGEST = 2147483647; // of operands, as bits
alias Operand = f32;

struct Params { M: u32, N: u32, K: u32, ta: u32, tb: u32 }
@group(0) @binding(0) var<storage, read> a: array<vec4f>; // [M, K], [K, M] with ta
@group(0) @binding(1) var<storage, read> b: array<vec4f>; // [K, N], [N, K] with tb
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [M, N]
@group(0) @binding(3) var<uniform> params: Params;

const ROWS = 8u * WY; // of a tile
const COLUMNS = 8u * WX;
const THREADS = WX * WY;
// Vectors in a row of a strip; one to spare spreads the rows over the banks.
const LEFT = ROWS / 4 + 1;
const RIGHT = COLUMNS / 4 + 1;
const_assert max(ROWS, COLUMNS) * BK <= 16 * THREADS; // a block of 4 x 4 a thread is a strip

var<workgroup> a_strip: array<vec4<Operand>, BK * LEFT>; // [BK, ROWS]
var<workgroup> b_strip: array<vec4<Operand>, BK * RIGHT>; // [BK, COLUMNS]

@compute @workgroup_size(WX, WY)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let p = params;
  let m0 = group.y * ROWS;
  let n0 = group.x * COLUMNS;
  let line = thread / (BK / 4) * 4; // the block that this thread turns, if it has one: its first row or column,
  let slot = thread % (BK / 4) * 4; // and its first k in the strip
  var y00 = mat4x4f(); // a column of these is a row of y
  var y01 = mat4x4f();
  var y10 = mat4x4f();
  var y11 = mat4x4f();

  for (var k0 = 0u; k0 < p.K; k0 += BK) {
    if (p.ta == 1) {
      for (var at = thread; at < BK * ROWS / 4; at += THREADS) {
        let k = at / (ROWS / 4);
        a_strip[k * LEFT + at % (ROWS / 4)] = operand(fetch_a(k0 + k, m0 + at % (ROWS / 4) * 4, p.K, p.M));
      }
    } else if (line < ROWS) {
      let turned = transpose(mat4x4<Operand>(
        operand(fetch_a(m0 + line, k0 + slot, p.M, p.K)),
        operand(fetch_a(m0 + line + 1, k0 + slot, p.M, p.K)),
        operand(fetch_a(m0 + line + 2, k0 + slot, p.M, p.K)),
        operand(fetch_a(m0 + line + 3, k0 + slot, p.M, p.K)),
      ));
      for (var i = 0u; i < 4; i++) { a_strip[(slot + i) * LEFT + line / 4] = turned[i]; }
    }
    if (p.tb == 0) {
      for (var at = thread; at < BK * COLUMNS / 4; at += THREADS) {
        let k = at / (COLUMNS / 4);
        b_strip[k * RIGHT + at % (COLUMNS / 4)] =
          operand(fetch_b(k0 + k, n0 + at % (COLUMNS / 4) * 4, p.K, p.N));
      }
    } else if (line < COLUMNS) {
      let turned = transpose(mat4x4<Operand>(
        operand(fetch_b(n0 + line, k0 + slot, p.N, p.K)),
        operand(fetch_b(n0 + line + 1, k0 + slot, p.N, p.K)),
        operand(fetch_b(n0 + line + 2, k0 + slot, p.N, p.K)),
        operand(fetch_b(n0 + line + 3, k0 + slot, p.N, p.K)),
      ));
      for (var i = 0u; i < 4; i++) { b_strip[(slot + i) * RIGHT + line / 4] = turned[i]; }
    }
    workgroupBarrier(); // the strips are whole
    for (var k = 0u; k < BK; k++) {
      let l0 = vec4f(a_strip[k * LEFT + local.y]);
      let l1 = vec4f(a_strip[k * LEFT + local.y + WY]);
      let r0 = vec4f(b_strip[k * RIGHT + local.x]);
      let r1 = vec4f(b_strip[k * RIGHT + local.x + WX]);
      y00 += outer(l0, r0);
      y01 += outer(l0, r1);
      y10 += outer(l1, r0);
      y11 += outer(l1, r1);
    }
    workgroupBarrier(); // before the next strips overwrite these
  }

  let m = m0 + local.y * 4;
  let n = n0 + local.x * 4;
  for (var i = 0u; i < 4; i++) {
    store(m + i, n, y00[i]);
    store(m + i, n + 4 * WX, y01[i]);
    store(m + 4 * WY + i, n, y10[i]);
    store(m + 4 * WY + i, n + 4 * WX, y11[i]);
  }
}

// An operand as it is multiplied. What exceeds LARGEST, as f16 does beyond 65504, becomes NaN: by its bits, since
// nobody has to tell an infinity from a number.
fn operand(v: vec4f) -> vec4<Operand> {
  let bits = bitcast<vec4u>(v);
  let exceeds = (bits & vec4u(0x7fffffff)) > vec4u(LARGEST);
  return vec4<Operand>(bitcast<vec4f>(bits | select(vec4u(), vec4u(0x7fc00000), exceeds)));
}

// l r^T, transposed: WGSL's matrices are lists of columns.
fn outer(l: vec4f, r: vec4f) -> mat4x4f { return mat4x4f(l.x * r, l.y * r, l.z * r, l.w * r); }

// Four neighbours in a row of a matrix, 0 beyond its end.
fn fetch_a(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {
  if (row >= rows || column >= columns) { return vec4f(); }
  let at = row * columns + column;
  if (columns % 4 == 0) { return a[at / 4]; }
  var values = vec4f();
  for (var i = 0u; i < min(4, columns - column); i++) { values[i] = a[(at + i) / 4][(at + i) % 4]; }
  return values;
}

fn fetch_b(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {
  if (row >= rows || column >= columns) { return vec4f(); }
  let at = row * columns + column;
  if (columns % 4 == 0) { return b[at / 4]; }
  var values = vec4f();
  for (var i = 0u; i < min(4, columns - column); i++) { values[i] = b[(at + i) / 4][(at + i) % 4]; }
  return values;
}

fn store(m: u32, n: u32, values: vec4f) {
  if (m >= params.M) { return; }
  for (var i = 0u; i < 4; i++) {
    if (n + i < params.N) { y[m * params.N + n + i] = values[i]; }
  }
}
