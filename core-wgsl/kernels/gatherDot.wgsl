// Products with rows that indices name: y[n, k] = sum over d of q[n, d] * bank[indices[n, k], d].
//
// Eight neighbouring threads take one product, each every eighth vector, so that a row of the bank is read in stretches of
// 128 bytes; their sums are added in workgroup memory.
//
// workgroups: N * K / ROWS
const ROWS = 32;

struct Params { N: u32, K: u32, D: u32 }

@group(0) @binding(0) var<storage, read> q: array<vec4f>; // [N, D]
@group(0) @binding(1) var<storage, read> bank: array<vec4f>; // [M, D]
@group(0) @binding(2) var<storage, read> indices: array<u32>; // [N, K]
@group(0) @binding(3) var<storage, read_write> y: array<f32>; // [N, K]
@group(0) @binding(4) var<uniform> params: Params;

const LANES = 8u;

var<workgroup> sums: array<f32, ROWS * LANES>;

@compute @workgroup_size(ROWS * LANES)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let p = params;
  let lane = thread % LANES;
  for (var first = group.x * ROWS; first < p.N * p.K; first += groups.x * ROWS) {
    let at = first + thread / LANES;
    var sum = 0.0;
    if (at < p.N * p.K) {
      let own = at / p.K * p.D;
      let row = indices[at] * p.D;
      if (p.D % 4 == 0) {
        for (var d = lane; d < p.D / 4; d += LANES) { sum += dot(q[own / 4 + d], bank[row / 4 + d]); }
      } else {
        for (var d = lane; d < p.D; d += LANES) {
          sum += q[(own + d) / 4][(own + d) % 4] * bank[(row + d) / 4][(row + d) % 4];
        }
      }
    }
    sums[thread] = sum;
    workgroupBarrier(); // all sums are written
    if (lane == 0 && at < p.N * p.K) {
      for (var i = 1u; i < LANES; i++) { sum += sums[thread + i]; }
      y[at] = sum;
    }
    workgroupBarrier(); // before the next products overwrite them
  }
}
