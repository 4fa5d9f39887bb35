// Sum over the middle axis: y[o, i] = sum over n of x[o, n, i].
//
// A workgroup computes a strip of `lanes` neighbouring outputs: its threads form WG / lanes rows, row r adds
// up n = r, r + rows, ...; the rows' totals are then added pairwise. Lanes are a power of two, and few where
// there are few outputs, so that all threads are busy; eight still use whole sectors of memory.
//
// workgroups: outer * inner / 4
const WG = 256;

struct Params { outer: u32, count: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [outer, count, inner]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [outer, inner]
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> totals: array<f32, WG>; // [rows, lanes]

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let p = params;
  var lanes = 1u;
  while (lanes < p.inner && lanes < select(64u, 8u, p.outer * p.inner < 8192)) { lanes *= 2; }
  let lane = thread % lanes;
  let strips = (p.inner + lanes - 1) / lanes;

  for (var strip = group.x; strip < p.outer * strips; strip += groups.x) {
    let o = strip / strips;
    let i = strip % strips * lanes + lane;
    var total = 0.0;
    if (i < p.inner) {
      for (var n = thread / lanes; n < p.count; n += WG / lanes) {
        total += x[(o * p.count + n) * p.inner + i];
      }
    }
    totals[thread] = total;
    for (var half = WG / 2u; half >= lanes; half /= 2) {
      workgroupBarrier(); // the totals of the round before are written
      if (thread < half) { totals[thread] += totals[thread + half]; }
    }
    if (thread < lanes && i < p.inner) { y[o * p.inner + i] = totals[thread]; }
    workgroupBarrier(); // before the next strip overwrites the totals
  }
}
