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
// matmul.
//
// workgroups: (N * (H / stride) * (W / stride) / (8 * WY)) * stride * stride * (C / groups / (8 * WX)) * groups
const WX = 8; // threads along columns and rows
const WY = 8;
const BK = 16;
const LARGEST = 2147483647; // of operands, as bits
alias Operand = f32;

struct Params {
  N: u32, H: u32, W: u32, C: u32, O: u32, KH: u32, KW: u32, OH: u32, OW: u32,
  stride: u32, padding: u32, dilation: u32, groups: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<vec4f>; // [N, OH, OW, O]
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // [O, KH, KW, C / groups]
@group(0) @binding(2) var<storage, read_write> dx: array<f32>; // [N, H, W, C]
@group(0) @binding(3) var<uniform> params: Params;

const ROWS = 8u * WY; // of a tile
const COLUMNS = 8u * WX;
const THREADS = WX * WY;
// Vectors in a row of a strip; one to spare spreads the rows over the banks.
const LEFT = ROWS / 4 + 1;
const RIGHT = COLUMNS / 4 + 1;
const_assert ROWS * BK <= 16 * THREADS; // a block of 4 x 4 a thread is a strip

var<workgroup> dy_strip: array<vec4<Operand>, BK * LEFT>; // [BK, ROWS]
var<workgroup> w_strip: array<vec4<Operand>, BK * RIGHT>; // [BK, COLUMNS]

@compute @workgroup_size(WX, WY)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let p = params;
  let depth = p.O / p.groups; // output channels of one group
  let channels = p.C / p.groups;
  let columns = ceil_div(channels, COLUMNS);
  let rows = ceil_div(p.N * ceil_div(p.H, p.stride) * ceil_div(p.W, p.stride), ROWS); // tiles of one phase
  let tiles = rows * p.stride * p.stride * columns * p.groups;

  for (var tile = group.x; tile < tiles; tile += workgroups.x) {
    let part = tile / columns % p.groups;
    let row0 = tile / columns / p.groups % rows * ROWS;
    let column0 = tile % columns * COLUMNS;
    let phase = tile / columns / p.groups / rows;
    let line = thread / (BK / 4) * 4; // of the four pixels that this thread fetches, if any: the first
    let slot = thread % (BK / 4) * 4; // their first k in the strip
    var pixels: array<Pixel, 4>;
    for (var j = 0u; j < 4; j++) { pixels[j] = pixel_of(row0 + line + j, phase); }
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
          if (line < ROWS) {
            var four: array<vec4<Operand>, 4>;
            for (var j = 0u; j < 4; j++) { four[j] = operand(fetch_dy(gave[j], k0 + slot, depth)); }
            for (var i = 0u; i < 4; i++) {
              dy_strip[(slot + i) * LEFT + line / 4] = vec4<Operand>(four[0][i], four[1][i], four[2][i], four[3][i]);
            }
          }
          for (var at = thread; at < BK * COLUMNS / 4; at += THREADS) {
            let k = at / (COLUMNS / 4);
            let first = (((part * depth + k0 + k) * p.KH + kh) * p.KW + kw) * channels;
            let c = at % (COLUMNS / 4);
            let weights = fetch_w(first, column0 + c * 4, select(0, channels, k0 + k < depth));
            w_strip[k * RIGHT + c] = operand(weights);
          }
          workgroupBarrier(); // the strips are whole
          for (var i = 0u; i < BK; i++) {
            let l0 = vec4f(dy_strip[i * LEFT + local.y]);
            let l1 = vec4f(dy_strip[i * LEFT + local.y + WY]);
            let r0 = vec4f(w_strip[i * RIGHT + local.x]);
            let r1 = vec4f(w_strip[i * RIGHT + local.x + WX]);
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
      store(upper, part, column + 4 * WX, dx01[i]);
      let lower = pixel_of(row + 4 * WY + i, phase);
      store(lower, part, column, dx10[i]);
      store(lower, part, column + 4 * WX, dx11[i]);
    }
  }
}

// An operand as it is multiplied. What exceeds LARGEST, as f16 does beyond 65504, becomes NaN: by its bits, since
// nobody has to tell an infinity from a number.
fn operand(v: vec4f) -> vec4<Operand> {
  let bits = bitcast<vec4u>(v);
  let exceeds = (bits & vec4u(0x7fffffff)) > vec4u(LARGEST);
  return vec4<Operand>(bitcast<vec4f>(bits | select(vec4u(), vec4u(0x7fc00000), exceeds)));
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

// Four neighbouring output channels of dy, 0 beyond the depth and where there are none.
fn fetch_dy(first: u32, k: u32, depth: u32) -> vec4f {
  if (first == NOWHERE || k >= depth) { return vec4f(); }
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
