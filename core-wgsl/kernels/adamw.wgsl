// Adam with decoupled weight decay, in place:
//
//     p <- p - fade p
//     m <- m + rise1 (g - m)
//     v <- v + rise2 (g^2 - v)
//     p <- p - rate m / (sqrt(v) scale + eps)
//
// Blocks of 64 numbers have one owner, whose row of settings holds for them.
//
// workgroups: size / WG
const WG = 256;
const BLOCK = 64;

struct Params { size: u32 }

struct Settings { rate: f32, fade: f32, rise1: f32, rise2: f32, scale: f32, eps: f32 }

@group(0) @binding(0) var<storage, read> g: array<f32>; // [size]
@group(0) @binding(1) var<storage, read> settings: array<Settings>; // [N]
@group(0) @binding(2) var<storage, read> owners: array<u32>; // [size / BLOCK]
@group(0) @binding(3) var<storage, read_write> arena: array<f32>; // [3, size]: p, m, v
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.size; i += groups.x * WG) {
    let s = settings[owners[i / BLOCK]];
    let at = params.size + i;
    let p = arena[i];
    let m = arena[at] + s.rise1 * (g[i] - arena[at]);
    let old = arena[params.size + at];
    let v = old + s.rise2 * (g[i] * g[i] - old);
    arena[at] = m;
    arena[params.size + at] = v;
    arena[i] = p - s.fade * p - s.rate * m / (sqrt(v) * s.scale + s.eps);
  }
}
