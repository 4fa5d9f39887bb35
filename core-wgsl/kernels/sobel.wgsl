// Sobel's filters, across and down, of the mean over colours; zeros beyond the border.
//
// One invocation a pixel.

// workgroups: N * H * W / WG
const WG = 256u;

struct Params {
  N: u32,
  H: u32,
  W: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, H, W, 3]
@group(0) @binding(1) var<storage, read_write> y: array<vec2f>; // [N, H, W, 2]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pixels = params.H * params.W;
  for (var p = id.x; p < params.N * pixels; p += groups.x * WG) {
    let h = i32(p % pixels / params.W);
    let w = i32(p % params.W);
    var falls = vec2f();
    for (var i = -1; i <= 1; i++) {
      for (var j = -1; j <= 1; j++) {
        let weight = vec2f(f32(-j * (2 - abs(i))), f32(-i * (2 - abs(j))));
        falls += weight * brightness(p / pixels, h + i, w + j);
      }
    }
    y[p] = falls;
  }
}

// The mean colour of a pixel; 0 beyond the border.
fn brightness(n: u32, h: i32, w: i32) -> f32 {
  if (h < 0 || h >= i32(params.H) || w < 0 || w >= i32(params.W)) { return 0; }
  let at = 3 * ((n * params.H + u32(h)) * params.W + u32(w));
  return (x[at] + x[at + 1] + x[at + 2]) / 3;
}
