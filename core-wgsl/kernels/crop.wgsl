// y[n] = the box of images[index[n]] that row n names, resized by a triangle filter, mirrored where it says flip, over 255
//
// One invocation a pixel. Resizing a box to `count` pixels, its pixel j weighs in pixel i, up to a factor,
// max(0, 2 max(box, count) - |(2 j + 1) count - (2 i + 1) box|): whole numbers, so that no weight is distorted by rounding.
// Where the image grows this is bilinear interpolation, where it shrinks the filter widens (antialiasing).

// workgroups: N * height * width / WG
const WG = 256u;

// A row of core/ops/crop.ts.
const ROW = 5u;
const TOP = 0u;
const LEFT = 1u;
const HEIGHT = 2u;
const WIDTH = 3u;
const FLIP = 4u;

struct Params {
  N: u32,
  H: u32,
  W: u32,
  height: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> images: array<u32>; // u8 [M, H, W, 3]
@group(0) @binding(1) var<storage, read> index: array<u32>; // [N]
@group(0) @binding(2) var<storage, read> rows: array<f32>; // [N, ROW]
@group(0) @binding(3) var<storage, read_write> y: array<f32>; // [N, height, width, 3]
@group(0) @binding(4) var<uniform> params: Params;

/// How one axis of a box is resized.
struct Axis {
  box: u32,
  count: u32,
}

fn byte(i: u32) -> f32 {
  return f32(extractBits(images[i / 4u], 8u * (i % 4u), 8u));
}

fn firstTap(axis: Axis, i: u32) -> u32 {
  let centre = (2u * i + 1u) * axis.box;
  let low = 2u * max(axis.box, axis.count) + axis.count;
  return select((centre - low) / (2u * axis.count) + 1u, 0u, centre < low);
}

fn endTap(axis: Axis, i: u32) -> u32 {
  let centre = (2u * i + 1u) * axis.box;
  let high = 2u * max(axis.box, axis.count) + axis.count;
  return min(axis.box, (centre + high - 1u) / (2u * axis.count));
}

fn weight(axis: Axis, i: u32, j: u32) -> f32 {
  let apart = i32((2u * j + 1u) * axis.count) - i32((2u * i + 1u) * axis.box);
  return f32(2 * i32(max(axis.box, axis.count)) - abs(apart));
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var p = id.x; p < params.N * params.height * params.width; p += groups.x * WG) {
    let n = p / (params.height * params.width);
    let h = p / params.width % params.height;
    let row = n * ROW;
    let mirrored = rows[row + FLIP] != 0.0;
    let w = select(p % params.width, params.width - 1u - p % params.width, mirrored);
    let corner = (index[n] * params.H + u32(rows[row + TOP])) * params.W + u32(rows[row + LEFT]);
    let down = Axis(u32(rows[row + HEIGHT]), params.height);
    let across = Axis(u32(rows[row + WIDTH]), params.width);

    var sum = vec3f();
    var whole = 0.0;
    for (var i = firstTap(down, h); i < endTap(down, h); i++) {
      var line = vec3f();
      var lineWhole = 0.0;
      for (var j = firstTap(across, w); j < endTap(across, w); j++) {
        let at = 3u * (corner + i * params.W + j);
        line += weight(across, w, j) * vec3f(byte(at), byte(at + 1u), byte(at + 2u));
        lineWhole += weight(across, w, j);
      }
      sum += weight(down, h, i) / lineWhole * line;
      whole += weight(down, h, i);
    }
    let colour = sum / (whole * 255.0);
    y[3u * p] = colour.r;
    y[3u * p + 1u] = colour.g;
    y[3u * p + 2u] = colour.b;
  }
}
