// Views turned counter-clockwise about their centres by the angle whose cosine and sine a row holds; bilinear, zeros outside
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
@group(0) @binding(1) var<storage, read> rows: array<vec2f>; // [N]: cosine, sine
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, H, W, 3]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pixels = params.H * params.W;
  let centre = (vec2f(f32(params.H), f32(params.W)) - 1) / 2;
  for (var p = id.x; p < params.N * pixels; p += groups.x * WG) {
    let n = p / pixels;
    let turn = rows[n];
    let out = vec2f(f32(p % pixels / params.W), f32(p % params.W)) - centre; // down and across
    let at = centre + vec2f(turn.y * out.y + turn.x * out.x, turn.x * out.y - turn.y * out.x);
    let low = floor(at);
    let part = at - low;
    let corner = vec2i(low);
    let above = mix(pixel(n, corner), pixel(n, corner + vec2i(0, 1)), part.y);
    let below = mix(pixel(n, corner + vec2i(1, 0)), pixel(n, corner + vec2i(1, 1)), part.y);
    let colour = mix(above, below, part.x);
    y[3 * p] = colour.r;
    y[3 * p + 1] = colour.g;
    y[3 * p + 2] = colour.b;
  }
}

// A pixel by row and column; zeros outside.
fn pixel(n: u32, at: vec2i) -> vec3f {
  if (any(at < vec2i(0)) || any(at >= vec2i(i32(params.H), i32(params.W)))) { return vec3f(); }
  let i = 3 * ((n * params.H + u32(at.x)) * params.W + u32(at.y));
  return vec3f(x[i], x[i + 1], x[i + 2]);
}
