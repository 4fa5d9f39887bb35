// y[n, h, w] = x[n, top + h, left + w] with top and left of row n; zeros outside of x
//
// One invocation a pixel.

// workgroups: N * height * width / WG
const WG = 256u;

struct Params {
  N: u32,
  H: u32,
  W: u32,
  height: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, H, W, 3]
@group(0) @binding(1) var<storage, read> rows: array<vec2f>; // [N]: top, left
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, height, width, 3]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pixels = params.height * params.width;
  for (var p = id.x; p < params.N * pixels; p += groups.x * WG) {
    let n = p / pixels;
    let corner = vec2i(rows[n]);
    let i = corner.x + i32(p % pixels / params.width);
    let j = corner.y + i32(p % params.width);
    var colour = vec3f();
    if (i >= 0 && i < i32(params.H) && j >= 0 && j < i32(params.W)) {
      let at = 3 * ((n * params.H + u32(i)) * params.W + u32(j));
      colour = vec3f(x[at], x[at + 1], x[at + 2]);
    }
    y[3 * p] = colour.r;
    y[3 * p + 1] = colour.g;
    y[3 * p + 2] = colour.b;
  }
}
