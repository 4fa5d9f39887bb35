// y[n, p] = luma of x[n, p] in all three channels where row n is 1; else x[n, p]
//
// One invocation a pixel.

// workgroups: N * pixels / WG
const WG = 256u;

const LUMA = vec3f(0.2989, 0.587, 0.114); // torchvision's

struct Params {
  N: u32,
  pixels: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, H, W, 3], pixels = H * W
@group(0) @binding(1) var<storage, read> rows: array<f32>; // [N]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, H, W, 3]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var p = id.x; p < params.N * params.pixels; p += groups.x * WG) {
    let c = vec3f(x[3u * p], x[3u * p + 1u], x[3u * p + 2u]);
    let isGray = rows[p / params.pixels] != 0.0;
    let result = select(c, vec3f(dot(LUMA, c)), isGray);
    y[3u * p] = result.r;
    y[3u * p + 1u] = result.g;
    y[3u * p + 2u] = result.b;
  }
}
