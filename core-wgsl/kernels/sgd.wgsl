// Stochastic gradient descent with momentum and weight decay, in place:
//
//     v <- momentum v + (g + decay p)
//     p <- p - rate v
//
// workgroups: size / WG
const WG = 256;

struct Params { size: u32 }

@group(0) @binding(0) var<storage, read> g: array<f32>; // [size]
@group(0) @binding(1) var<storage, read> settings: array<f32>; // [3]: rate, momentum, decay
@group(0) @binding(2) var<storage, read_write> arena: array<f32>; // [2, size]: p, then v
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let rate = settings[0];
  let momentum = settings[1];
  let decay = settings[2];
  for (var i = id.x; i < params.size; i += groups.x * WG) {
    let p = arena[i];
    let v = momentum * arena[params.size + i] + (g[i] + decay * p);
    arena[params.size + i] = v;
    arena[i] = p - rate * v;
  }
}
