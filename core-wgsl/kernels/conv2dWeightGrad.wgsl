// Gradient of a convolution with respect to its weights, in partial sums over consecutive images:
//
//     dw[split, o, kh, kw, c] = sum over the split's pixels (n, oh, ow) of
//                               dy[n, oh, ow, o] * x[n, oh s + kh d - p, ow s + kw d - p, c]
//
// A matrix product, group by group and split by split: rows are output channels, columns (kh, kw, c), and the
// sum goes over pixels. Tiles and threads as in matmul; a thread's four columns and their taps stay the same
// throughout.
//
// workgroups: (KH * KW * (C / groups) / (8 * WX)) * (O / groups / (8 * WY)) * groups * splits
const WX = 8; // threads along columns and rows
const WY = 8;
const BK = 16;
const LARGEST = 2147483647; // of operands, as bits
alias Operand = f32;

struct Params {
  N: u32, H: u32, W: u32, C: u32, O: u32, KH: u32, KW: u32, OH: u32, OW: u32,
  stride: u32, padding: u32, dilation: u32, groups: u32, splits: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>; // [N, H, W, C]
@group(0) @binding(1) var<storage, read> dy: array<vec4f>; // [N, OH, OW, O]
@group(0) @binding(2) var<storage, read_write> dw: array<f32>; // [splits, O, KH, KW, C / groups]
@group(0) @binding(3) var<uniform> params: Params;

const ROWS = 8u * WY; // of a tile
const COLUMNS = 8u * WX;
const THREADS = WX * WY;
// Vectors in a row of a strip; one to spare spreads the rows over the banks.
const LEFT = ROWS / 4 + 1;
const RIGHT = COLUMNS / 4 + 1;

var<workgroup> dy_strip: array<vec4<Operand>, BK * LEFT>; // [BK, ROWS]
var<workgroup> x_strip: array<vec4<Operand>, BK * RIGHT>; // [BK, COLUMNS]

@compute @workgroup_size(WX, WY)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let p = params;
  let filters = p.O / p.groups; // of one group
  let weights = p.KH * p.KW * (p.C / p.groups); // of one filter
  let rows = (filters + ROWS - 1) / ROWS;
  let columns = (weights + COLUMNS - 1) / COLUMNS;
  let images = (p.N + p.splits - 1) / p.splits; // of one split
  let tiles = columns * rows * p.groups * p.splits;

  for (var tile = group.x; tile < tiles; tile += workgroups.x) {
    let column0 = tile % columns * COLUMNS;
    let row0 = tile / columns % rows * ROWS;
    let part = tile / columns / rows % p.groups;
    let split = tile / columns / rows / p.groups;
    let first = min(split * images, p.N) * p.OH * p.OW;
    let end = min((split + 1) * images, p.N) * p.OH * p.OW;
    let o = row0 + thread % (ROWS / 4) * 4; // the four filters, and
    let taps = taps_of(column0 + thread % (COLUMNS / 4) * 4, weights, part); // the four columns that this thread fetches
    var dw00 = mat4x4f(); // a column of these is a row of dw
    var dw01 = mat4x4f();
    var dw10 = mat4x4f();
    var dw11 = mat4x4f();

    for (var k0 = first; k0 < end; k0 += BK) {
      for (var j = thread / (ROWS / 4); j < BK; j += WX / 2) {
        let values = fetch_dy((k0 + j) * p.O + part * filters, o, select(0, filters, k0 + j < end));
        dy_strip[j * LEFT + thread % (ROWS / 4)] = operand(values);
      }
      for (var j = thread / (COLUMNS / 4); j < BK; j += WY / 2) {
        x_strip[j * RIGHT + thread % (COLUMNS / 4)] = operand(fetch_x(taps, k0 + j, k0 + j < end));
      }
      workgroupBarrier(); // the strips are whole
      for (var i = 0u; i < BK; i++) {
        let l0 = vec4f(dy_strip[i * LEFT + local.y]);
        let l1 = vec4f(dy_strip[i * LEFT + local.y + WY]);
        let r0 = vec4f(x_strip[i * RIGHT + local.x]);
        let r1 = vec4f(x_strip[i * RIGHT + local.x + WX]);
        dw00 += outer(l0, r0);
        dw01 += outer(l0, r1);
        dw10 += outer(l1, r0);
        dw11 += outer(l1, r1);
      }
      workgroupBarrier(); // before the next strips overwrite these
    }

    let row = row0 + local.y * 4;
    let base = (split * p.O + part * filters) * weights;
    let column = column0 + local.x * 4;
    for (var i = 0u; i < 4; i++) {
      store(base, row + i, column, dw00[i]);
      store(base, row + i, column + 4 * WX, dw01[i]);
      store(base, row + 4 * WY + i, column, dw10[i]);
      store(base, row + 4 * WY + i, column + 4 * WX, dw11[i]);
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

// Four neighbouring output channels of dy, 0 beyond them.
fn fetch_dy(first: u32, o: u32, filters: u32) -> vec4f {
  if (o >= filters) { return vec4f(); }
  let at = first + o;
  if (filters % 4 == 0) { return dy[at / 4]; }
  var values = vec4f();
  for (var i = 0u; i < min(4, filters - o); i++) { values[i] = dy[(at + i) / 4][(at + i) % 4]; }
  return values;
}

// Distances of four columns from an output pixel: along h and w (less the padding), and the channel. All
// columns have the first one's tap where the channels are whole vectors.
struct Taps { h: vec4u, w: vec4u, c: vec4u, holds: vec4<bool> }

fn taps_of(column: u32, weights: u32, part: u32) -> Taps {
  let p = params;
  let channels = p.C / p.groups;
  let k = column + vec4u(0, 1, 2, 3);
  let tap = k / channels;
  let c = part * channels + k % channels;
  return Taps(tap / p.KW * p.dilation, tap % p.KW * p.dilation, c, k < vec4u(weights));
}

// What the four taps see from one output pixel; 0 outside the image.
fn fetch_x(taps: Taps, pixel: u32, holds: bool) -> vec4f {
  let p = params;
  let n = pixel / p.OW / p.OH;
  // Unsigned: what lies before the image wraps around to far behind it.
  let h = taps.h + pixel / p.OW % p.OH * p.stride - p.padding;
  let w = taps.w + pixel % p.OW * p.stride - p.padding;
  let sees = (taps.holds & (h < vec4u(p.H))) & ((w < vec4u(p.W)) & vec4<bool>(holds));
  let at = ((n * p.H + h) * p.W + w) * p.C + taps.c;
  if (p.C / p.groups % 4 == 0) {
    if (!sees.x) { return vec4f(); }
    return x[at.x / 4];
  }
  var values = vec4f();
  for (var i = 0u; i < 4; i++) {
    if (sees[i]) { values[i] = x[at[i] / 4][at[i] % 4]; }
  }
  return values;
}

fn store(base: u32, row: u32, column: u32, values: vec4f) {
  let filters = params.O / params.groups;
  let weights = params.KH * params.KW * (params.C / params.groups);
  if (row >= filters) { return; }
  for (var i = 0u; i < 4; i++) {
    if (column + i < weights) { dw[base + row * weights + column + i] = values[i]; }
  }
}
