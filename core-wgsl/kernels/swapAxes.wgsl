// Two neighbouring axes exchanged: y[o, b, a, i] = x[o, a, b, i]. One invocation an element of y.
//
// workgroups: outer * A * B * inner / WG
const WG = 256;

struct Params { outer: u32, A: u32, B: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [outer, A, B, inner]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [outer, B, A, inner]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = params;
  for (var at = id.x; at < p.outer * p.A * p.B * p.inner; at += groups.x * WG) {
    let row = at / p.inner;
    let a = row % p.A;
    let b = row / p.A % p.B;
    let o = row / (p.A * p.B);
    y[at] = x[((o * p.A + a) * p.B + b) * p.inner + at % p.inner];
  }
}
