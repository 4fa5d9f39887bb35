// Layer-wise adaptive rate scaling, in place:
//
//     local = trust |p| / (|g| + decay |p|), or 1 where trust, |p| or |g| is 0
//     v <- momentum v + rate local (g + decay p)
//     p <- p - v
//
// Blocks of 64 numbers have one owner, whose row of settings and whose norms hold for them.
//
// workgroups: size / WG
const WG = 256;
const BLOCK = 64;

struct Params { size: u32 }

@group(0) @binding(0) var<storage, read> g: array<f32>; // [size]
@group(0) @binding(1) var<storage, read> settings: array<vec4f>; // [N]: rate, momentum, decay, trust
@group(0) @binding(2) var<storage, read> owners: array<u32>; // [size / BLOCK]
@group(0) @binding(3) var<storage, read> pp: array<f32>; // [N]: |p|^2
@group(0) @binding(4) var<storage, read> gg: array<f32>; // [N]: |g|^2
@group(0) @binding(5) var<storage, read_write> arena: array<f32>; // [2, size]: p, then v
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.size; i += groups.x * WG) {
    let owner = owners[i / BLOCK];
    let row = settings[owner];
    let decay = row.z;
    let trust = row.w;
    let whole = sqrt(pp[owner]);
    let slope = sqrt(gg[owner]);
    var local = 1.0;
    if (trust > 0 && whole > 0 && slope > 0) { local = trust * whole / (slope + decay * whole); }
    let p = arena[i];
    let v = row.y * arena[params.size + i] + row.x * local * (g[i] + decay * p);
    arena[params.size + i] = v;
    arena[i] = p - v;
  }
}
