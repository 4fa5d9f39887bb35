// The logarithm of a row's summed exponentials: y[n] = log sum over c of exp(x[n, c]).
//
// A workgroup takes a row: its maximum first, then the sum of exponentials, each pairwise over the threads.
//
// workgroups: N
const WG = 64;

struct Params { N: u32, C: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, C]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [N]
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> values: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let p = params;
  for (var n = group.x; n < p.N; n += groups.x) {
    let row = n * p.C;
    var top = x[row];
    for (var c = thread; c < p.C; c += WG) { top = max(top, x[row + c]); }
    values[thread] = top;
    for (var half = WG / 2u; half > 0; half /= 2) {
      workgroupBarrier(); // the maxima of the round before are written
      if (thread < half) { values[thread] = max(values[thread], values[thread + half]); }
    }
    top = workgroupUniformLoad(&values[0]); // a barrier before and after: values may be overwritten
    var sum = 0.0;
    for (var c = thread; c < p.C; c += WG) { sum += exp(x[row + c] - top); }
    values[thread] = sum;
    for (var half = WG / 2u; half > 0; half /= 2) {
      workgroupBarrier(); // the sums of the round before are written
      if (thread < half) { values[thread] += values[thread + half]; }
    }
    sum = workgroupUniformLoad(&values[0]); // and again before the next row
    if (thread == 0) { y[n] = top + log(sum); }
  }
}
