// Gradient of ntXentRows: with s[i, j] = z[i] . z[j] / temperature, and p the partner of i,
//
//     dz[i] = 1 / temperature * (sum over j != i of w[i, j] z[j] - (dy[i] + dy[p]) z[p])
//     w[i, j] = exp(s[i, j] - lse[i]) dy[i] + exp(s[i, j] - lse[j]) dy[j]
//
// A workgroup takes 32 rows i and 128 columns of dz, and lets tiles of 32 rows j pass. Its 16 x 16 threads compute the
// similarities, 2 x 2 each, in strips of 16 columns of z; turn them into weights, in workgroup memory; and add the weighted
// rows j, eight at a time, to 2 x 8 sums each. Rows longer than 128 cost one more pass over the similarities for each 128.
//
// workgroups: M / TILE, D / SPAN
const TILE = 32;
const SPAN = 128;

struct Params { M: u32, D: u32, temperature: f32 }

@group(0) @binding(0) var<storage, read> z: array<vec4f>; // [M, D]
@group(0) @binding(1) var<storage, read> lse: array<f32>; // [M]
@group(0) @binding(2) var<storage, read> dy: array<f32>; // [M]
@group(0) @binding(3) var<storage, read_write> dz: array<f32>; // [M, D]
@group(0) @binding(4) var<uniform> params: Params;

const BK = 16u;
const BJ = 8u;
const LINE = TILE / 2u + 1; // vectors in a row of a strip; one more than needed spreads the rows over the banks

var<workgroup> i_strip: array<vec2f, BK * LINE>; // [BK, TILE]
var<workgroup> j_strip: array<vec2f, BK * LINE>; // [BK, TILE]
var<workgroup> weights: array<vec2f, TILE * LINE>; // [TILE of j, TILE of i]
var<workgroup> rows: array<vec4f, BJ * SPAN / 4>; // [BJ, SPAN] of z

@compute @workgroup_size(16, 16)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let p = params;
  let i0 = group.x * TILE;
  let i = i0 + local.y * 2;
  let column = group.y * SPAN + local.x * 4;
  let own0 = own(i);
  let own1 = own(i + 1);
  var near0 = vec4f(); // row i, four columns of dz
  var near1 = vec4f();
  var far0 = vec4f(); // row i, four columns half a span on
  var far1 = vec4f();

  for (var j0 = 0u; j0 < p.M; j0 += TILE) {
    var s0 = vec2f();
    var s1 = vec2f();
    for (var d0 = 0u; d0 < p.D; d0 += BK) {
      if (thread < 128) { // four columns of two rows each, which it turns: 64 of rows i, 64 of rows j
        let row = thread % 64 / 4;
        let d = thread % 4 * 4;
        let first = select(j0, i0, thread < 64) + row * 2;
        let upper = fetch(first, d0 + d);
        let lower = fetch(first + 1, d0 + d);
        for (var q = 0u; q < 4; q++) {
          let at = (d + q) * LINE + row;
          let values = vec2f(upper[q], lower[q]);
          if (thread < 64) { i_strip[at] = values; } else { j_strip[at] = values; }
        }
      }
      workgroupBarrier(); // the strips are whole
      for (var k = 0u; k < BK; k++) {
        let a = i_strip[k * LINE + local.y];
        let b = j_strip[k * LINE + local.x];
        s0 += a.x * b;
        s1 += a.y * b;
      }
      workgroupBarrier(); // before the next strips overwrite these
    }

    for (var c = 0u; c < 2; c++) {
      let j = j0 + local.x * 2 + c;
      let other = own(j);
      let s = vec2f(s0[c], s1[c]) / p.temperature;
      let weight = exp(s - vec2f(own0.x, own1.x)) * vec2f(own0.y, own1.y) + exp(s - other.x) * other.y;
      let counts = (vec2u(i, i + 1) != vec2u(j)) & (max(vec2u(i, i + 1), vec2u(j)) < vec2u(p.M));
      weights[(local.x * 2 + c) * LINE + local.y] = select(vec2f(), weight, counts);
    }
    for (var first = 0u; first < TILE; first += BJ) {
      rows[thread] = fetch(j0 + first + thread / (SPAN / 4), group.y * SPAN + thread % (SPAN / 4) * 4);
      workgroupBarrier(); // the rows, and before the first of them the weights, are whole
      for (var j = 0u; j < BJ; j++) {
        let weight = weights[(first + j) * LINE + local.y];
        let near = rows[j * (SPAN / 4) + local.x];
        let far = rows[j * (SPAN / 4) + SPAN / 8 + local.x];
        near0 += weight.x * near;
        near1 += weight.y * near;
        far0 += weight.x * far;
        far1 += weight.y * far;
      }
      workgroupBarrier(); // before the next rows and weights overwrite these
    }
  }

  finish(i, column, near0);
  finish(i + 1, column, near1);
  finish(i, column + SPAN / 2, far0);
  finish(i + 1, column + SPAN / 2, far1);
}

// lse and dy of a row, 0 beyond the last.
fn own(row: u32) -> vec2f {
  if (row >= params.M) { return vec2f(); }
  return vec2f(lse[row], dy[row]);
}

// Four neighbours in a row of z, 0 beyond its end.
fn fetch(row: u32, column: u32) -> vec4f {
  if (row >= params.M || column >= params.D) { return vec4f(); }
  let at = row * params.D + column;
  if (params.D % 4 == 0) { return z[at / 4]; }
  var values = vec4f();
  for (var q = 0u; q < min(4, params.D - column); q++) { values[q] = z[(at + q) / 4][(at + q) % 4]; }
  return values;
}

// Takes what pulls a row to its partner from its sums, and stores them.
fn finish(row: u32, column: u32, sums: vec4f) {
  if (row >= params.M) { return; }
  let partner = (row + params.M / 2) % params.M;
  let values = (sums - (dy[row] + dy[partner]) * fetch(partner, column)) / params.temperature;
  for (var q = 0u; q < 4; q++) {
    if (column + q < params.D) { dz[row * params.D + column + q] = values[q]; }
  }
}
