// Stochastic gradient descent with momentum and weight decay, in place:
//
//     d = g + decay p
//     v <- momentum v + d
//     p <- p - rate v              (Nesterov: p - rate (d + momentum v))
//
// Blocks of 64 numbers have one owner, whose row of settings holds for them.
//
// workgroups: size / WG
const WG = 256;
const BLOCK = 64;

struct Params { size: u32, nesterov: u32 }

@group(0) @binding(0) var<storage, read> g: array<f32>; // [size]
@group(0) @binding(1) var<storage, read> settings: array<f32>; // [N, 3]: rate, momentum, decay
@group(0) @binding(2) var<storage, read> owners: array<u32>; // [size / BLOCK]
@group(0) @binding(3) var<storage, read_write> arena: array<f32>; // [2, size]: p, then v
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.size; i += groups.x * WG) {
    let row = 3 * owners[i / BLOCK];
    let momentum = settings[row + 1];
    let p = arena[i];
    let d = g[i] + settings[row + 2] * p;
    let v = momentum * arena[params.size + i] + d;
    arena[params.size + i] = v;
    arena[i] = p - settings[row] * select(v, d + momentum * v, params.nesterov != 0);
  }
}
