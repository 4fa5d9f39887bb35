// Rows of unit length: y[n] = x[n] / max(||x[n]||, eps).
//
// A workgroup takes a row: each thread sums the squares of every WG-th element, the sums are added pairwise.
//
// workgroups: N
const WG = 64;

struct Params { N: u32, D: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, D]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [N, D]
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> sums: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let p = params;
  for (var n = group.x; n < p.N; n += groups.x) {
    let row = n * p.D;
    var sum = 0.0;
    for (var d = thread; d < p.D; d += WG) { sum += x[row + d] * x[row + d]; }
    let norm = max(sqrt(total(thread, sum)), p.eps);
    for (var d = thread; d < p.D; d += WG) { y[row + d] = x[row + d] / norm; }
  }
}

// The sum of all threads' values.
fn total(thread: u32, value: f32) -> f32 {
  sums[thread] = value;
  for (var half = WG / 2u; half > 0; half /= 2) {
    workgroupBarrier(); // the sums of the round before are written
    if (thread < half) { sums[thread] += sums[thread + half]; }
  }
  return workgroupUniformLoad(&sums[0]); // a barrier before and after: sums may be overwritten
}
