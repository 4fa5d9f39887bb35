// How much each query resembles all keys: lse[i] = log sum over j of exp(q[i] . k[j] / temperature).
//
// A workgroup takes 64 queries i and lets tiles of 64 keys j pass, each of its 16 x 16 threads with 4 x 4 of the similarities in
// registers. Every thread keeps for its four queries a running maximum and a running sum of exponentials over the columns that
// it sees; at the end the sixteen threads of a query are merged. N x K numbers never exist.
//
// workgroups: N / TILE, 1
const TILE = 64;

struct Params { N: u32, K: u32, D: u32, temperature: f32 }

@group(0) @binding(0) var<storage, read> q: array<vec4f>; // [N, D]
@group(0) @binding(1) var<storage, read> k: array<vec4f>; // [K, D]
@group(0) @binding(2) var<storage, read_write> lse: array<f32>; // [N]
@group(0) @binding(3) var<uniform> params: Params;

const BK = 16u;
const LINE = TILE / 4u + 1; // vectors in a row of a strip; one more than needed spreads the rows over the banks
const LOWEST = -3e38; // below any similarity; WGSL may treat infinity as impossible

var<workgroup> i_strip: array<vec4f, BK * LINE>; // [BK, TILE], then the threads' maxima
var<workgroup> j_strip: array<vec4f, BK * LINE>; // [BK, TILE], then the threads' sums

@compute @workgroup_size(16, 16)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let p = params;
  let i0 = group.x * TILE;
  var tops = vec4f(LOWEST);
  var sums = vec4f();

  for (var j0 = 0u; j0 < p.K; j0 += TILE) {
    var s0 = vec4f();
    var s1 = vec4f();
    var s2 = vec4f();
    var s3 = vec4f();
    for (var d0 = 0u; d0 < p.D; d0 += BK) {
      let row = thread % 64 / 4;
      let d = thread % 4 * 4;
      if (thread < 64) { // a block of 4 x 4 each, which it turns: 64 of queries, 64 of keys
        let turned = transpose(mat4x4f(
          fetch_query(i0 + row * 4, d0 + d),
          fetch_query(i0 + row * 4 + 1, d0 + d),
          fetch_query(i0 + row * 4 + 2, d0 + d),
          fetch_query(i0 + row * 4 + 3, d0 + d),
        ));
        for (var c = 0u; c < 4; c++) { i_strip[(d + c) * LINE + row] = turned[c]; }
      } else if (thread < 128) {
        let turned = transpose(mat4x4f(
          fetch_key(j0 + row * 4, d0 + d),
          fetch_key(j0 + row * 4 + 1, d0 + d),
          fetch_key(j0 + row * 4 + 2, d0 + d),
          fetch_key(j0 + row * 4 + 3, d0 + d),
        ));
        for (var c = 0u; c < 4; c++) { j_strip[(d + c) * LINE + row] = turned[c]; }
      }
      workgroupBarrier(); // the strips are whole
      for (var t = 0u; t < BK; t++) {
        let a = i_strip[t * LINE + local.y];
        let b = j_strip[t * LINE + local.x];
        s0 += a.x * b;
        s1 += a.y * b;
        s2 += a.z * b;
        s3 += a.w * b;
      }
      workgroupBarrier(); // before the next strips overwrite these
    }
    let j = vec4u(0, 1, 2, 3) + (j0 + local.x * 4);
    let found0 = absorb(s0 / p.temperature, j, tops.x, sums.x);
    let found1 = absorb(s1 / p.temperature, j, tops.y, sums.y);
    let found2 = absorb(s2 / p.temperature, j, tops.z, sums.z);
    let found3 = absorb(s3 / p.temperature, j, tops.w, sums.w);
    tops = vec4f(found0.x, found1.x, found2.x, found3.x);
    sums = vec4f(found0.y, found1.y, found2.y, found3.y);
  }

  i_strip[thread] = tops;
  j_strip[thread] = sums;
  workgroupBarrier(); // all threads' maxima and sums are written
  if (thread < TILE && i0 + thread < p.N) {
    let first = thread / 4 * 16;
    let lane = thread % 4;
    var top = LOWEST;
    for (var t = first; t < first + 16; t++) { top = max(top, i_strip[t][lane]); }
    var sum = 0.0;
    for (var t = first; t < first + 16; t++) { sum += j_strip[t][lane] * exp(i_strip[t][lane] - top); }
    lse[i0 + thread] = top + log(sum);
  }
}

// Adds the similarities of a query to keys j to a sum of exponentials under a maximum; gives the new maximum and sum.
fn absorb(s: vec4f, j: vec4u, top: f32, sum: f32) -> vec2f {
  let keys = j < vec4u(params.K);
  let known = select(vec4f(LOWEST), s, keys);
  let peak = max(top, max(max(known.x, known.y), max(known.z, known.w)));
  let powers = select(vec4f(), exp(known - peak), keys);
  return vec2f(peak, sum * exp(top - peak) + dot(powers, vec4f(1)));
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
