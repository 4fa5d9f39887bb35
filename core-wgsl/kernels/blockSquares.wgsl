// Sum of squares of each block of 64 numbers: y[b] = sum of x[i]^2 over i in block b.
//
// Sixteen threads share a block, four numbers each, so that a workgroup reads one stretch of memory at a time;
// their totals are then added pairwise.
//
// workgroups: size / (WG * 4)
const WG = 256;
const BLOCK = 64;
const LANES = 16;

struct Params { size: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [size]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [size / BLOCK]
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> totals: array<f32, WG>; // [WG / LANES, LANES]

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let lane = thread % LANES;
  let blocks = (params.size + BLOCK - 1) / BLOCK;
  for (var first = group.x * (WG / LANES); first < blocks; first += groups.x * (WG / LANES)) {
    let block = first + thread / LANES;
    var total = 0.0;
    for (var k = lane; k < BLOCK; k += LANES) {
      let i = block * BLOCK + k;
      if (i < params.size) { total += x[i] * x[i]; }
    }
    totals[thread] = total;
    for (var half = LANES / 2u; half > 0; half /= 2) {
      workgroupBarrier(); // the totals of the round before are written
      if (lane < half) { totals[thread] += totals[thread + half]; }
    }
    if (lane == 0 && block < blocks) { y[block] = totals[thread]; }
    workgroupBarrier(); // before the next blocks overwrite the totals
  }
}
