// Gradient of similarityLse with respect to the queries:
//
//     dq[i] = dy[i] / temperature * sum over j of exp(q[i] . k[j] / temperature - lse[i]) k[j]
//
// A workgroup takes 32 queries i and 128 columns of dq, and lets tiles of 32 keys j pass. Its 16 x 16 threads compute the
// similarities, 2 x 2 each, in strips of 16 columns; turn them into weights, in workgroup memory; and add the weighted keys,
// eight at a time, to 2 x 8 sums each. Rows longer than 128 cost one more pass over the similarities for each 128.
//
// workgroups: N / TILE, D / SPAN
const TILE = 32;
const SPAN = 128;

struct Params { N: u32, K: u32, D: u32, temperature: f32 }

@group(0) @binding(0) var<storage, read> q: array<vec4f>; // [N, D]
@group(0) @binding(1) var<storage, read> k: array<vec4f>; // [K, D]
@group(0) @binding(2) var<storage, read> lse: array<f32>; // [N]
@group(0) @binding(3) var<storage, read> dy: array<f32>; // [N]
@group(0) @binding(4) var<storage, read_write> dq: array<f32>; // [N, D]
@group(0) @binding(5) var<uniform> params: Params;

const BK = 16u;
const BJ = 8u;
const LINE = TILE / 2u + 1; // vectors in a row of a strip; one more than needed spreads the rows over the banks

var<workgroup> i_strip: array<vec2f, BK * LINE>; // [BK, TILE]
var<workgroup> j_strip: array<vec2f, BK * LINE>; // [BK, TILE]
var<workgroup> weights: array<vec2f, TILE * LINE>; // [TILE of j, TILE of i]
var<workgroup> rows: array<vec4f, BJ * SPAN / 4>; // [BJ, SPAN] of k

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
  var near0 = vec4f(); // row i, four columns of dq
  var near1 = vec4f();
  var far0 = vec4f(); // row i, four columns half a span on
  var far1 = vec4f();

  for (var j0 = 0u; j0 < p.K; j0 += TILE) {
    var s0 = vec2f();
    var s1 = vec2f();
    for (var d0 = 0u; d0 < p.D; d0 += BK) {
      let row = thread % 64 / 4;
      let d = thread % 4 * 4;
      if (thread < 64) { // four columns of two rows each, which it turns: 64 of queries, 64 of keys
        let upper = fetch_query(i0 + row * 2, d0 + d);
        let lower = fetch_query(i0 + row * 2 + 1, d0 + d);
        for (var c = 0u; c < 4; c++) { i_strip[(d + c) * LINE + row] = vec2f(upper[c], lower[c]); }
      } else if (thread < 128) {
        let upper = fetch_key(j0 + row * 2, d0 + d);
        let lower = fetch_key(j0 + row * 2 + 1, d0 + d);
        for (var c = 0u; c < 4; c++) { j_strip[(d + c) * LINE + row] = vec2f(upper[c], lower[c]); }
      }
      workgroupBarrier(); // the strips are whole
      for (var t = 0u; t < BK; t++) {
        let a = i_strip[t * LINE + local.y];
        let b = j_strip[t * LINE + local.x];
        s0 += a.x * b;
        s1 += a.y * b;
      }
      workgroupBarrier(); // before the next strips overwrite these
    }

    for (var c = 0u; c < 2; c++) {
      let j = j0 + local.x * 2 + c;
      let s = vec2f(s0[c], s1[c]) / p.temperature;
      let weight = exp(s - vec2f(own0.x, own1.x)) * vec2f(own0.y, own1.y);
      weights[(local.x * 2 + c) * LINE + local.y] = select(vec2f(), weight, j < p.K);
    }
    for (var first = 0u; first < TILE; first += BJ) {
      rows[thread] = fetch_key(j0 + first + thread / (SPAN / 4), group.y * SPAN + thread % (SPAN / 4) * 4);
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

  store(i, column, near0 / p.temperature);
  store(i + 1, column, near1 / p.temperature);
  store(i, column + SPAN / 2, far0 / p.temperature);
  store(i + 1, column + SPAN / 2, far1 / p.temperature);
}

// lse and dy of a query, 0 beyond the last.
fn own(row: u32) -> vec2f {
  if (row >= params.N) { return vec2f(); }
  return vec2f(lse[row], dy[row]);
}

// Four neighbours in a row of q, 0 beyond its end.
fn fetch_query(row: u32, column: u32) -> vec4f {
  if (row >= params.N || column >= params.D) { return vec4f(); }
  let at = row * params.D + column;
  if (params.D % 4 == 0) { return q[at / 4]; }
  var values = vec4f();
  for (var c = 0u; c < min(4, params.D - column); c++) { values[c] = q[(at + c) / 4][(at + c) % 4]; }
  return values;
}

// Four neighbours in a row of k, 0 beyond its end.
fn fetch_key(row: u32, column: u32) -> vec4f {
  if (row >= params.K || column >= params.D) { return vec4f(); }
  let at = row * params.D + column;
  if (params.D % 4 == 0) { return k[at / 4]; }
  var values = vec4f();
  for (var c = 0u; c < min(4, params.D - column); c++) { values[c] = k[(at + c) / 4][(at + c) % 4]; }
  return values;
}

fn store(row: u32, column: u32, values: vec4f) {
  if (row >= params.N) { return; }
  for (var c = 0u; c < 4; c++) {
    if (column + c < params.D) { dq[row * params.D + column + c] = values[c]; }
  }
}
