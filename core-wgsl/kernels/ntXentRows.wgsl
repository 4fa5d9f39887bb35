// NT-Xent of each row: y[i] = log sum over j != i of exp(s[i, j]) - s[i, partner of i], s[i, j] = z[i] . z[j] / temperature.
//
// A workgroup takes 64 rows i and lets tiles of 64 rows j pass, each of its 16 x 16 threads with 4 x 4 of the similarities in
// registers. Every thread keeps for its four rows a running maximum and a running sum of exponentials over the columns that
// it sees; at the end the sixteen threads of a row are merged. M x M numbers never exist.
//
// workgroups: M / TILE, 1
const TILE = 64;

struct Params { M: u32, D: u32, temperature: f32 }

@group(0) @binding(0) var<storage, read> z: array<vec4f>; // [M, D]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [M]
@group(0) @binding(2) var<uniform> params: Params;

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
  let i = i0 + local.y * 4;
  var tops = vec4f(LOWEST);
  var sums = vec4f();

  for (var j0 = 0u; j0 < p.M; j0 += TILE) {
    var s0 = vec4f();
    var s1 = vec4f();
    var s2 = vec4f();
    var s3 = vec4f();
    for (var d0 = 0u; d0 < p.D; d0 += BK) {
      if (thread < 128) { // a block of 4 x 4 each, which it turns: 64 of rows i, 64 of rows j
        let row = thread % 64 / 4;
        let d = thread % 4 * 4;
        let first = select(j0, i0, thread < 64) + row * 4;
        let turned = transpose(mat4x4f(
          fetch(first, d0 + d),
          fetch(first + 1, d0 + d),
          fetch(first + 2, d0 + d),
          fetch(first + 3, d0 + d),
        ));
        for (var q = 0u; q < 4; q++) {
          let at = (d + q) * LINE + row;
          if (thread < 64) { i_strip[at] = turned[q]; } else { j_strip[at] = turned[q]; }
        }
      }
      workgroupBarrier(); // the strips are whole
      for (var k = 0u; k < BK; k++) {
        let a = i_strip[k * LINE + local.y];
        let b = j_strip[k * LINE + local.x];
        s0 += a.x * b;
        s1 += a.y * b;
        s2 += a.z * b;
        s3 += a.w * b;
      }
      workgroupBarrier(); // before the next strips overwrite these
    }
    let j = vec4u(0, 1, 2, 3) + (j0 + local.x * 4);
    let found0 = absorb(s0 / p.temperature, i, j, tops.x, sums.x);
    let found1 = absorb(s1 / p.temperature, i + 1, j, tops.y, sums.y);
    let found2 = absorb(s2 / p.temperature, i + 2, j, tops.z, sums.z);
    let found3 = absorb(s3 / p.temperature, i + 3, j, tops.w, sums.w);
    tops = vec4f(found0.x, found1.x, found2.x, found3.x);
    sums = vec4f(found0.y, found1.y, found2.y, found3.y);
  }

  i_strip[thread] = tops;
  j_strip[thread] = sums;
  workgroupBarrier(); // all threads' maxima and sums are written
  if (thread < TILE && i0 + thread < p.M) {
    let first = thread / 4 * 16;
    let lane = thread % 4;
    var top = LOWEST;
    for (var t = first; t < first + 16; t++) { top = max(top, i_strip[t][lane]); }
    var sum = 0.0;
    for (var t = first; t < first + 16; t++) { sum += j_strip[t][lane] * exp(i_strip[t][lane] - top); }
    let partner = (i0 + thread + p.M / 2) % p.M;
    var positive = 0.0;
    for (var d = 0u; d < p.D; d += 4) { positive += dot(fetch(i0 + thread, d), fetch(partner, d)); }
    y[i0 + thread] = top + log(sum) - positive / p.temperature;
  }
}

// Adds the similarities of row i to rows j to a sum of exponentials under a maximum; gives the new maximum and sum.
fn absorb(s: vec4f, i: u32, j: vec4u, top: f32, sum: f32) -> vec2f {
  let others = (j < vec4u(params.M)) & (j != vec4u(i));
  let known = select(vec4f(LOWEST), s, others);
  let peak = max(top, max(max(known.x, known.y), max(known.z, known.w)));
  let powers = select(vec4f(), exp(known - peak), others);
  return vec2f(peak, sum * exp(top - peak) + dot(powers, vec4f(1)));
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
