// y = the sum over k from -r to r of g[k] x, k pixels further along the axis; g[k] = exp(-k^2 / (2 sigma^2)) / their sum
//
// One invocation a pixel. Beyond the border, x is mirrored in its outermost pixels; sigma 0 leaves the image as it is.

// workgroups: N * H * W / WG
const WG = 256u;

struct Params {
  N: u32,
  H: u32,
  W: u32,
  axis: u32,
  kernel: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, H, W, 3]
@group(0) @binding(1) var<storage, read> rows: array<f32>; // [N]: sigma
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, H, W, 3]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pixels = params.H * params.W;
  let isDown = params.axis == 1;
  let extent = i32(select(params.W, params.H, isDown));
  let step = i32(select(1u, params.W, isDown));
  for (var p = id.x; p < params.N * pixels; p += groups.x * WG) {
    let sigma = rows[p / pixels];
    let here = i32(select(p % params.W, p % pixels / params.W, isDown));
    let start = i32(p) - here * step; // the first pixel along the axis
    var sum = pixel(i32(p));
    var whole = 1.0;
    if (sigma > 0) {
      for (var k = 1; k <= i32(params.kernel) / 2; k++) {
        let weight = exp(-f32(k * k) / (2 * sigma * sigma));
        let before = abs(here - k);
        let after = extent - 1 - abs(extent - 1 - here - k);
        sum += weight * (pixel(start + before * step) + pixel(start + after * step));
        whole += 2 * weight;
      }
    }
    let colour = sum / whole;
    y[3 * p] = colour.r;
    y[3 * p + 1] = colour.g;
    y[3 * p + 2] = colour.b;
  }
}

fn pixel(p: i32) -> vec3f {
  return vec3f(x[3 * p], x[3 * p + 1], x[3 * p + 2]);
}
