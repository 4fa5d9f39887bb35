// Each image turned by 0, 90, 180 and 270 degrees counter-clockwise: y[4 n + t] = x[n] after t quarter turns.
//
// workgroups: 4 * N * L * L / WG
const WG = 256;

struct Params { N: u32, L: u32, C: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, L, L, C]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [4 N, L, L, C]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = params;
  for (var pixel = id.x; pixel < 4 * p.N * p.L * p.L; pixel += groups.x * WG) {
    let image = pixel / (p.L * p.L);
    var at = vec2u(pixel / p.L % p.L, pixel % p.L); // row and column
    for (var turn = 0u; turn < image % 4; turn++) { at = vec2u(at.y, p.L - 1 - at.x); }
    let start = ((image / 4 * p.L + at.x) * p.L + at.y) * p.C;
    for (var c = 0u; c < p.C; c++) { y[pixel * p.C + c] = x[start + c]; }
  }
}
