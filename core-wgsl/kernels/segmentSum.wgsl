// Sum over each segment: y[n] = sum of x[b] where owners[b] = n.
//
// One workgroup a segment. Owners ascend, so that its ends are found by bisection; the threads' totals are added pairwise.
//
// workgroups: segments
const WG = 256;

struct Params { size: u32, segments: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [size]
@group(0) @binding(1) var<storage, read> owners: array<u32>; // [size]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [segments]
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> totals: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  for (var n = group.x; n < params.segments; n += groups.x) {
    let end = first_of(n + 1);
    var total = 0.0;
    for (var b = first_of(n) + thread; b < end; b += WG) { total += x[b]; }
    totals[thread] = total;
    for (var half = WG / 2u; half > 0; half /= 2) {
      workgroupBarrier(); // the totals of the round before are written
      if (thread < half) { totals[thread] += totals[thread + half]; }
    }
    if (thread == 0) { y[n] = totals[0]; }
    workgroupBarrier(); // before the next segment overwrites the totals
  }
}

// The first position whose owner is n or later.
fn first_of(n: u32) -> u32 {
  var low = 0u;
  var high = params.size;
  while (low < high) {
    let middle = (low + high) / 2;
    if (owners[middle] < n) { low = middle + 1; } else { high = middle; }
  }
  return low;
}
