// A patch of each cell of a 3 x 3 grid, side by side: in cell (a, b), at the place that its row states,
//
//   y[n, a size + i, b size + j] = x[n, a (H / 3) + top + i, b (W / 3) + left + j]
//
// One invocation a pixel.

// workgroups: N * 9 * size * size / WG
const WG = 256u;

struct Params {
  N: u32,
  H: u32,
  W: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, H, W, 3]
@group(0) @binding(1) var<storage, read> rows: array<vec2f>; // [N, 9]: top, left
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, 3 size, 3 size, 3]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let side = 3 * params.size;
  for (var p = id.x; p < params.N * side * side; p += groups.x * WG) {
    let n = p / (side * side);
    let at = vec2u(p / side % side, p % side); // row and column
    let cell = at / params.size;
    let corner = cell * (vec2u(params.H, params.W) / 3);
    let place = vec2u(rows[9 * n + 3 * cell.x + cell.y]);
    let origin = corner + place + at % params.size;
    let start = 3 * ((n * params.H + origin.x) * params.W + origin.y);
    for (var c = 0u; c < 3; c++) { y[3 * p + c] = x[start + c]; }
  }
}
