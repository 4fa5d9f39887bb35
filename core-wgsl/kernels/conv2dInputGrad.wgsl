// Gradient of a convolution with respect to its input:
//
//     dx[n, h, w, c] = sum over taps (kh, kw) and o of
//                      dy[n, (h + p - kh d) / s, (w + p - kw d) / s, o] * w[o, kh, kw, c]
//
// where both divisions leave no rest.
//
// A matrix product, group by group: rows are input pixels, columns input channels, and the sum goes over taps
// and output channels. Pixels are taken phase by phase, those of one (h mod s, w mod s) together: the same
// taps reach all of them, and a tile skips the others instead of adding zeros. Tiles and threads as in
// conv2d.
//
// workgroups: (N * (H / stride) * (W / stride) / TILE) * stride * stride * (C / groups / TILE) * groups
const TILE = 64;

struct Params {
  N: u32, H: u32, W: u32, C: u32, O: u32, KH: u32, KW: u32, OH: u32, OW: u32,
  stride: u32, padding: u32, dilation: u32, groups: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<vec4f>; // [N, OH, OW, O]
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // [O, KH, KW, C / groups]
@group(0) @binding(2) var<storage, read_write> dx: array<f32>; // [N, H, W, C]
@group(0) @binding(3) var<uniform> params: Params;

const BK = 16u;
const LINE = TILE / 4u + 1; // vectors in a row of a strip; one to spare spreads the rows over the banks

var<workgroup> dy_strip: array<vec4f, BK * LINE>; // [BK, TILE]
var<workgroup> w_strip: array<vec4f, BK * LINE>; // [BK, TILE]

@compute @workgroup_size(8, 8)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let p = params;
  let depth = p.O / p.groups; // output channels of one group
  let channels = p.C / p.groups;
  let columns = ceil_div(channels, TILE);
  let rows = ceil_div(p.N * ceil_div(p.H, p.stride) * ceil_div(p.W, p.stride), TILE); // tiles of one phase
  let tiles = rows * p.stride * p.stride * columns * p.groups;

  for (var tile = group.x; tile < tiles; tile += workgroups.x) {
    let part = tile / columns % p.groups;
    let row0 = tile / columns / p.groups % rows * TILE;
    let column0 = tile % columns * TILE;
    let phase = tile / columns / p.groups / rows;
    let line = thread / 4; // of the pixels that this thread fetches: the first one, then every 16th
    let slot = thread % 4 * 4; // their first k in the strip
    var pixels: array<Pixel, 4>;
    for (var j = 0u; j < 4; j++) { pixels[j] = pixel_of(row0 + line + 16 * j, phase); }
    var dx00 = mat4x4f(); // a column of these is a row of dx
    var dx01 = mat4x4f();
    var dx10 = mat4x4f();
    var dx11 = mat4x4f();

    for (var kh = 0u; kh < p.KH; kh++) {
      if ((phase / p.stride + p.padding + kh * (p.stride - 1) * p.dilation) % p.stride != 0) { continue; }
      for (var kw = 0u; kw < p.KW; kw++) {
        if ((phase % p.stride + p.padding + kw * (p.stride - 1) * p.dilation) % p.stride != 0) { continue; }
        var gave: array<u32, 4>; // where in dy each pixel went by this tap
        for (var j = 0u; j < 4; j++) { gave[j] = place(pixels[j], kh, kw, part); }
        for (var k0 = 0u; k0 < depth; k0 += BK) {
          for (var j = 0u; j < 4; j++) {
            let values = fetch_dy(gave[j], k0 + slot, select(depth, 0, gave[j] == NOWHERE));
            for (var i = 0u; i < 4; i++) {
              dy_strip[(slot + i) * LINE + line / 4 + 4 * j][line % 4] = values[i];
            }
          }
          for (var at = thread; at < BK * TILE / 4; at += 64) {
            let o = k0 + at / 16;
            let first = (((part * depth + o) * p.KH + kh) * p.KW + kw) * channels;
            let c = column0 + at % 16 * 4;
            w_strip[at / 16 * LINE + at % 16] = fetch_w(first, c, select(0, channels, o < depth));
          }
          workgroupBarrier(); // the strips are whole
          for (var i = 0u; i < BK; i++) {
            let l0 = dy_strip[i * LINE + local.y];
            let l1 = dy_strip[i * LINE + local.y + 8];
            let r0 = w_strip[i * LINE + local.x];
            let r1 = w_strip[i * LINE + local.x + 8];
            dx00 += outer(l0, r0);
            dx01 += outer(l0, r1);
            dx10 += outer(l1, r0);
            dx11 += outer(l1, r1);
          }
          workgroupBarrier(); // before the next strips overwrite these
        }
      }
    }

    let row = row0 + local.y * 4;
    let column = column0 + local.x * 4;
    for (var i = 0u; i < 4; i++) {
      let upper = pixel_of(row + i, phase);
      store(upper, part, column, dx00[i]);
      store(upper, part, column + 32, dx01[i]);
      let lower = pixel_of(row + 32 + i, phase);
      store(lower, part, column, dx10[i]);
      store(lower, part, column + 32, dx11[i]);
    }
  }
}

// l r^T, transposed: WGSL's matrices are lists of columns.
fn outer(l: vec4f, r: vec4f) -> mat4x4f { return mat4x4f(l.x * r, l.y * r, l.z * r, l.w * r); }

fn ceil_div(a: u32, b: u32) -> u32 { return (a + b - 1) / b; }

struct Pixel { n: u32, h: u32, w: u32, holds: bool }

// The pixel in a row of a phase; phases are as long as the longest.
fn pixel_of(row: u32, phase: u32) -> Pixel {
  let p = params;
  let width = ceil_div(p.W, p.stride);
  let height = ceil_div(p.H, p.stride);
  let n = row / width / height;
  let h = row / width % height * p.stride + phase / p.stride;
  let w = row % width * p.stride + phase % p.stride;
  return Pixel(n, h, w, n < p.N && h < p.H && w < p.W);
}

const NOWHERE = 0xffffffffu;

// Index in dy of the output pixel that a pixel reaches by a tap which its phase allows, at the group's first
// channel.
fn place(pixel: Pixel, kh: u32, kw: u32, part: u32) -> u32 {
  let p = params;
  let h = pixel.h + p.padding;
  let w = pixel.w + p.padding;
  let oh = (h - kh * p.dilation) / p.stride;
  let ow = (w - kw * p.dilation) / p.stride;
  let holds = pixel.holds && h >= kh * p.dilation && w >= kw * p.dilation && oh < p.OH && ow < p.OW;
  return select(NOWHERE, ((pixel.n * p.OH + oh) * p.OW + ow) * p.O + part * (p.O / p.groups), holds);
}

// Four neighbouring output channels of dy, 0 beyond the depth.
fn fetch_dy(first: u32, k: u32, depth: u32) -> vec4f {
  if (k >= depth) { return vec4f(); }
  let at = first + k;
  if (depth % 4 == 0) { return dy[at / 4]; }
  var values = vec4f();
  for (var i = 0u; i < min(4, depth - k); i++) { values[i] = dy[(at + i) / 4][(at + i) % 4]; }
  return values;
}

// Four neighbouring input channels of one tap of a filter, 0 beyond them.
fn fetch_w(first: u32, c: u32, channels: u32) -> vec4f {
  if (c >= channels) { return vec4f(); }
  let at = first + c;
  if (channels % 4 == 0) { return w[at / 4]; }
  var values = vec4f();
  for (var i = 0u; i < min(4, channels - c); i++) { values[i] = w[(at + i) / 4][(at + i) % 4]; }
  return values;
}

fn store(pixel: Pixel, part: u32, column: u32, values: vec4f) {
  if (!pixel.holds) { return; }
  let channels = params.C / params.groups;
  let at = ((pixel.n * params.H + pixel.h) * params.W + pixel.w) * params.C + part * channels;
  for (var i = 0u; i < 4; i++) {
    if (column + i < channels) { dx[at + column + i] = values[i]; }
  }
}
