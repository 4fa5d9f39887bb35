// Matrix product of f16 operands, added up in f32, by subgroup matrices (tensor cores): matmul where an adapter has them.
//
// Its speed is unmeasured: no adapter that has them was at hand. What is tested is that it compiles, and its algorithm, by
// the same text with one thread for each subgroup and loops for the products.
//
// A workgroup of 2 x 2 subgroups computes a tile of 64 x 64, each subgroup 2 x 2 matrices of 16 x 16. Strips of BK columns
// of a and BK rows of b are rounded to f16 on their way through workgroup memory; rows of both are padded by 8 to spread
// them over the banks. Results pass through workgroup memory one matrix a subgroup at a time, since only there elements
// can be told apart.
//
// workgroups: N / TILE, M / TILE
enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
requires subgroup_id;
diagnostic(off, chromium.subgroup_matrix_uniformity);

const TILE = 64;
const BK = 32;
const SUBGROUP = 32; // threads

struct Params { M: u32, N: u32, K: u32, ta: u32, tb: u32 }
@group(0) @binding(0) var<storage, read> a: array<vec4f>; // [M, K], [K, M] with ta
@group(0) @binding(1) var<storage, read> b: array<vec4f>; // [K, N], [N, K] with tb
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [M, N]
@group(0) @binding(3) var<uniform> params: Params;

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Result = subgroup_matrix_result<f32, 16, 16>;

const THREADS = 4u * SUBGROUP;
const LEFT = BK + 8u; // numbers from row to row of a strip
const RIGHT = TILE + 8u;

var<workgroup> a_strip: array<f16, TILE * LEFT>; // [TILE, BK]
var<workgroup> b_strip: array<f16, BK * RIGHT>; // [BK, TILE]
var<workgroup> results: array<f32, 4 * 256>; // [subgroups, 16, 16]

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let p = params;
  let m0 = group.y * TILE;
  let n0 = group.x * TILE;
  let row = subgroup / 2 * 32; // of the subgroup's part of the tile
  let column = subgroup % 2 * 32;
  var y00 = Result();
  var y01 = Result();
  var y10 = Result();
  var y11 = Result();

  for (var k0 = 0u; k0 < p.K; k0 += BK) {
    for (var at = thread; at < BK * TILE / 4; at += THREADS) {
      if (p.ta == 1) {
        let k = at / (TILE / 4);
        let m = at % (TILE / 4) * 4;
        let values = operand(fetch_a(k0 + k, m0 + m, p.K, p.M));
        for (var i = 0u; i < 4; i++) { a_strip[(m + i) * LEFT + k] = values[i]; }
      } else {
        let m = at / (BK / 4);
        let k = at % (BK / 4) * 4;
        let values = operand(fetch_a(m0 + m, k0 + k, p.M, p.K));
        for (var i = 0u; i < 4; i++) { a_strip[m * LEFT + k + i] = values[i]; }
      }
      if (p.tb == 1) {
        let n = at / (BK / 4);
        let k = at % (BK / 4) * 4;
        let values = operand(fetch_b(n0 + n, k0 + k, p.N, p.K));
        for (var i = 0u; i < 4; i++) { b_strip[(k + i) * RIGHT + n] = values[i]; }
      } else {
        let k = at / (TILE / 4);
        let n = at % (TILE / 4) * 4;
        let values = operand(fetch_b(k0 + k, n0 + n, p.K, p.N));
        for (var i = 0u; i < 4; i++) { b_strip[k * RIGHT + n + i] = values[i]; }
      }
    }
    workgroupBarrier(); // the strips are whole
    for (var k = 0u; k < BK; k += 16) {
      let l0 = subgroupMatrixLoad<Left, row_major>(&a_strip, row * LEFT + k, LEFT);
      let l1 = subgroupMatrixLoad<Left, row_major>(&a_strip, (row + 16) * LEFT + k, LEFT);
      let r0 = subgroupMatrixLoad<Right, row_major>(&b_strip, k * RIGHT + column, RIGHT);
      let r1 = subgroupMatrixLoad<Right, row_major>(&b_strip, k * RIGHT + column + 16, RIGHT);
      y00 = subgroupMatrixMultiplyAccumulate(l0, r0, y00);
      y01 = subgroupMatrixMultiplyAccumulate(l0, r1, y01);
      y10 = subgroupMatrixMultiplyAccumulate(l1, r0, y10);
      y11 = subgroupMatrixMultiplyAccumulate(l1, r1, y11);
    }
    workgroupBarrier(); // before the next strips overwrite these
  }

  subgroupMatrixStore<row_major>(&results, subgroup * 256, y00, 16);
  store(thread, m0, n0);
  subgroupMatrixStore<row_major>(&results, subgroup * 256, y01, 16);
  store(thread, m0, n0 + 16);
  subgroupMatrixStore<row_major>(&results, subgroup * 256, y10, 16);
  store(thread, m0 + 16, n0);
  subgroupMatrixStore<row_major>(&results, subgroup * 256, y11, 16);
  store(thread, m0 + 16, n0 + 16);
}

// Writes one matrix of each subgroup; the first one's lies at (m, n).
fn store(thread: u32, m: u32, n: u32) {
  workgroupBarrier(); // the results are whole
  for (var at = thread; at < 4 * 256; at += THREADS) {
    let row = m + at / 512 * 32 + at / 16 % 16;
    let column = n + at / 256 % 2 * 32 + at % 16;
    if (row < params.M && column < params.N) { y[row * params.N + column] = results[at]; }
  }
  workgroupBarrier(); // before the next results overwrite these
}

// As in matmul: what exceeds 65504 becomes NaN.
fn operand(v: vec4f) -> vec4<f16> {
  let bits = bitcast<vec4u>(v);
  let exceeds = (bits & vec4u(0x7fffffff)) > vec4u(0x477fe000);
  return vec4<f16>(bitcast<vec4f>(bits | select(vec4u(), vec4u(0x7fc00000), exceeds)));
}

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
