// Rows written where indices say, in place: bank[indices[n]] = rows[n]; of rows with one index the last is kept.
//
// A workgroup takes a row. Its threads look for a later one with the same index; where there is one, nothing is written.
//
// workgroups: N
const WG = 64;

struct Params { N: u32, D: u32 }

@group(0) @binding(0) var<storage, read> rows: array<f32>; // [N, D]
@group(0) @binding(1) var<storage, read> indices: array<u32>; // [N]
@group(0) @binding(2) var<storage, read_write> bank: array<f32>; // [M, D]
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> later: atomic<u32>;

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let p = params;
  for (var n = group.x; n < p.N; n += groups.x) {
    if (thread == 0) { atomicStore(&later, 0u); }
    workgroupBarrier(); // none is found yet
    let index = indices[n];
    for (var i = n + 1 + thread; i < p.N; i += WG) {
      if (indices[i] == index) { atomicStore(&later, 1u); }
    }
    workgroupBarrier(); // all have looked
    if (atomicLoad(&later) == 0) {
      for (var d = thread; d < p.D; d += WG) { bank[index * p.D + d] = rows[n * p.D + d]; }
    }
    workgroupBarrier(); // before the next row begins anew
  }
}
