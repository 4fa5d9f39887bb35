// Gradient of l2Normalize, row by row: dx = (dy - (dy . y) y) / ||x||, or dy / eps where ||x|| <= eps.
//
// A workgroup takes a row: each thread sums over every WG-th element, the pairs of sums are added pairwise.
//
// workgroups: N
const WG = 64;

struct Params { N: u32, D: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>; // [N, D]
@group(0) @binding(1) var<storage, read> x: array<f32>; // [N, D]
@group(0) @binding(2) var<storage, read> y: array<f32>; // [N, D]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // [N, D]
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> sums: array<vec2f, WG>; // x . x, dy . y

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let p = params;
  for (var n = group.x; n < p.N; n += groups.x) {
    let row = n * p.D;
    var sum = vec2f();
    for (var d = thread; d < p.D; d += WG) { sum += vec2f(x[row + d] * x[row + d], dy[row + d] * y[row + d]); }
    let both = total(thread, sum);
    let norm = sqrt(both.x);
    let along = select(0, both.y, norm > p.eps);
    let length = max(norm, p.eps);
    for (var d = thread; d < p.D; d += WG) { dx[row + d] = (dy[row + d] - along * y[row + d]) / length; }
  }
}

// The sum of all threads' values.
fn total(thread: u32, value: vec2f) -> vec2f {
  sums[thread] = value;
  for (var half = WG / 2u; half > 0; half /= 2) {
    workgroupBarrier(); // the sums of the round before are written
    if (thread < half) { sums[thread] += sums[thread + half]; }
  }
  return workgroupUniformLoad(&sums[0]); // a barrier before and after: sums may be overwritten
}
