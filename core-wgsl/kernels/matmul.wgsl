// Matrix product: y[m, n] = sum over k of a[m, k] * b[k, n].
//
// A workgroup computes a tile of 64 x 64, each of its 8 x 8 threads four blocks of 4 x 4, which lie 32 apart,
// in registers. Strips of 16 columns of a and 16 rows of b pass through workgroup memory, k outermost, so
// that a step of k reads two vectors of each for 64 products. Threads fetch vectors along whichever axis is
// contiguous in memory.
//
// workgroups: N / TILE, M / TILE
const TILE = 64;

struct Params { M: u32, N: u32, K: u32, ta: u32, tb: u32 }
@group(0) @binding(0) var<storage, read> a: array<vec4f>; // [M, K], [K, M] with ta
@group(0) @binding(1) var<storage, read> b: array<vec4f>; // [K, N], [N, K] with tb
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [M, N]
@group(0) @binding(3) var<uniform> params: Params;

const BK = 16u;
const LINE = TILE / 4u + 1; // vectors in a row of a strip; one to spare spreads the rows over the banks

var<workgroup> a_strip: array<vec4f, BK * LINE>; // [BK, TILE]
var<workgroup> b_strip: array<vec4f, BK * LINE>; // [BK, TILE]

@compute @workgroup_size(8, 8)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let p = params;
  let m0 = group.y * TILE;
  let n0 = group.x * TILE;
  var y00 = mat4x4f(); // a column of these is a row of y
  var y01 = mat4x4f();
  var y10 = mat4x4f();
  var y11 = mat4x4f();

  for (var k0 = 0u; k0 < p.K; k0 += BK) {
    for (var at = thread; at < BK * TILE / 4; at += 64) {
      let along = vec2u(at / 4, at % 4 * 4); // where rows lie along k: the row of the tile, the first k
      let across = vec2u(at / 16, at % 16 * 4); // else: k, the first column of the tile
      if (p.ta == 1) {
        a_strip[across.x * LINE + across.y / 4] = fetch_a(k0 + across.x, m0 + across.y, p.K, p.M);
      } else {
        let values = fetch_a(m0 + along.x, k0 + along.y, p.M, p.K);
        for (var i = 0u; i < 4; i++) { a_strip[(along.y + i) * LINE + along.x / 4][along.x % 4] = values[i]; }
      }
      if (p.tb == 1) {
        let values = fetch_b(n0 + along.x, k0 + along.y, p.N, p.K);
        for (var i = 0u; i < 4; i++) { b_strip[(along.y + i) * LINE + along.x / 4][along.x % 4] = values[i]; }
      } else {
        b_strip[across.x * LINE + across.y / 4] = fetch_b(k0 + across.x, n0 + across.y, p.K, p.N);
      }
    }
    workgroupBarrier(); // the strips are whole
    for (var k = 0u; k < BK; k++) {
      let l0 = a_strip[k * LINE + local.y];
      let l1 = a_strip[k * LINE + local.y + 8];
      let r0 = b_strip[k * LINE + local.x];
      let r1 = b_strip[k * LINE + local.x + 8];
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
    store(m + i, n + 32, y01[i]);
    store(m + 32 + i, n, y10[i]);
    store(m + 32 + i, n + 32, y11[i]);
  }
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
