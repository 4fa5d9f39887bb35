// Sum: y = a + b, broadcast.
//
// An output element finds its inputs by four strides, 0 along an axis that repeats. `same` says that nothing
// does.
//
// workgroups: size / WG
const WG = 256;

struct Params {
  size: u32, same: u32, n1: u32, n2: u32, n3: u32,
  a0: u32, a1: u32, a2: u32, a3: u32,
  b0: u32, b1: u32, b2: u32, b3: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>; // [...]
@group(0) @binding(1) var<storage, read> b: array<f32>; // [...]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [-1, n1, n2, n3]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = params;
  for (var i = id.x; i < p.size; i += groups.x * WG) {
    var left = i;
    var right = i;
    if (p.same == 0) {
      let i3 = i % p.n3;
      let i2 = i / p.n3 % p.n2;
      let i1 = i / (p.n3 * p.n2) % p.n1;
      let i0 = i / (p.n3 * p.n2 * p.n1);
      left = i0 * p.a0 + i1 * p.a1 + i2 * p.a2 + i3 * p.a3;
      right = i0 * p.b0 + i1 * p.b1 + i2 * p.b2 + i3 * p.b3;
    }
    y[i] = a[left] + b[right];
  }
}
