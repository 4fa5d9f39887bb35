// Cross entropy of the softmax: loss[n] = log sum over c of exp(logits[n, c]) - logits[n, labels[n]].
//
// A workgroup takes a row: its maximum first, then the sum of exponentials, each pairwise over the threads.
//
// workgroups: N
const WG = 64;

struct Params { N: u32, C: u32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>; // [N, C]
@group(0) @binding(1) var<storage, read> labels: array<u32>; // [N]
@group(0) @binding(2) var<storage, read_write> losses: array<f32>; // [N]
@group(0) @binding(3) var<uniform> params: Params;

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
    let found = softmax(thread, row, p.C);
    if (thread == 0) { losses[n] = log(found.y) + (found.x - logits[row + labels[n]]); }
  }
}

// The largest logit of a row, and the sum over its logits of exp(logit - largest).
fn softmax(thread: u32, row: u32, C: u32) -> vec2f {
  var top = logits[row];
  for (var c = thread; c < C; c += WG) { top = max(top, logits[row + c]); }
  values[thread] = top;
  for (var half = WG / 2u; half > 0; half /= 2) {
    workgroupBarrier(); // the maxima of the round before are written
    if (thread < half) { values[thread] = max(values[thread], values[thread + half]); }
  }
  top = workgroupUniformLoad(&values[0]); // a barrier before and after: values may be overwritten
  var sum = 0.0;
  for (var c = thread; c < C; c += WG) { sum += exp(logits[row + c] - top); }
  values[thread] = sum;
  for (var half = WG / 2u; half > 0; half /= 2) {
    workgroupBarrier(); // the sums of the round before are written
    if (thread < half) { values[thread] += values[thread + half]; }
  }
  return vec2f(top, workgroupUniformLoad(&values[0]));
}
