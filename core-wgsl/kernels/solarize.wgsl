// y = 1 - x where x >= threshold and the image's row is 1; else x
//
// One invocation a number.

// workgroups: N * pixels * 3 / WG
const WG = 256u;

struct Params {
  N: u32,
  pixels: u32,
  threshold: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, H, W, 3], pixels = H * W
@group(0) @binding(1) var<storage, read> rows: array<f32>; // [N]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, H, W, 3]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let numbers = 3 * params.pixels;
  for (var i = id.x; i < params.N * numbers; i += groups.x * WG) {
    let bright = x[i] >= params.threshold && rows[i / numbers] != 0;
    y[i] = select(x[i], 1 - x[i], bright);
  }
}
