// Convolution: y[n, oh, ow, o] = sum of x[n, oh s + kh d - p, ow s + kw d - p, c] * w[o, kh, kw, c].
//
// A matrix product, group by group, whose left matrix is never written down: rows are output pixels (n, oh,
// ow), columns output channels, and the sum goes over k = (kh, kw, c). Tiles, threads and strips as in matmul. A thread
// fetches four neighbouring k of four pixels and of four filters, as vectors where the channels allow.
//
// workgroups: (N * OH * OW / (8 * WY)) * (O / groups / (8 * WX)) * groups
const WX = 8; // threads along columns and rows
const WY = 8;
const BK = 16;
const LARGEST = 2147483647; // of operands, as bits
alias Operand = f32;

struct Params {
  N: u32, H: u32, W: u32, C: u32, O: u32, KH: u32, KW: u32, OH: u32, OW: u32,
  stride: u32, padding: u32, dilation: u32, groups: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>; // [N, H, W, C]
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // [O, KH, KW, C / groups]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, OH, OW, O]
@group(0) @binding(3) var<uniform> params: Params;

const ROWS = 8u * WY; // of a tile
const COLUMNS = 8u * WX;
const THREADS = WX * WY;
// Vectors in a row of a strip; one to spare spreads the rows over the banks.
const LEFT = ROWS / 4 + 1;
const RIGHT = COLUMNS / 4 + 1;
const_assert max(ROWS, COLUMNS) * BK <= 16 * THREADS; // a block of 4 x 4 a thread is a strip

var<workgroup> x_strip: array<vec4<Operand>, BK * LEFT>; // [BK, ROWS]
var<workgroup> w_strip: array<vec4<Operand>, BK * RIGHT>; // [BK, COLUMNS]

@compute @workgroup_size(WX, WY)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let p = params;
  let pixels = p.N * p.OH * p.OW;
  let filters = p.O / p.groups; // of one group
  let columns = (filters + COLUMNS - 1) / COLUMNS;
  let depth = p.KH * p.KW * (p.C / p.groups);
  let line = thread / (BK / 4) * 4; // of the pixels and of the filters that this thread fetches, if any: the first
  let slot = thread % (BK / 4) * 4; // their first k in the strip

  // Neighbouring workgroups share pixels, which are many, rather than filters.
  let tiles = (pixels + ROWS - 1) / ROWS * columns * p.groups;
  for (var tile = group.x; tile < tiles; tile += workgroups.x) {
    let part = tile / columns % p.groups;
    let row0 = tile / columns / p.groups * ROWS;
    let column0 = tile % columns * COLUMNS;
    let patch0 = patch_of(row0 + line, part, pixels);
    let patch1 = patch_of(row0 + line + 1, part, pixels);
    let patch2 = patch_of(row0 + line + 2, part, pixels);
    let patch3 = patch_of(row0 + line + 3, part, pixels);
    var y00 = mat4x4f(); // a column of these is a row of y
    var y01 = mat4x4f();
    var y10 = mat4x4f();
    var y11 = mat4x4f();

    for (var k0 = 0u; k0 < depth; k0 += BK) {
      let k = k0 + slot;
      if (line < ROWS && p.C / p.groups % 4 == 0) {
        let tap = tap_of(k, depth);
        let turned = transpose(mat4x4<Operand>(
          operand(fetch_x(patch0, tap)),
          operand(fetch_x(patch1, tap)),
          operand(fetch_x(patch2, tap)),
          operand(fetch_x(patch3, tap)),
        ));
        for (var i = 0u; i < 4; i++) { x_strip[(slot + i) * LEFT + line / 4] = turned[i]; }
      } else if (line < ROWS) {
        for (var i = 0u; i < 4; i++) {
          let tap = tap_of(k + i, depth);
          let values = vec4f(peek_x(patch0, tap), peek_x(patch1, tap), peek_x(patch2, tap), peek_x(patch3, tap));
          x_strip[(slot + i) * LEFT + line / 4] = operand(values);
        }
      }
      if (line < COLUMNS) {
        let o = column0 + line;
        let first = (part * filters + o) * depth;
        let turned = transpose(mat4x4<Operand>(
          operand(fetch_w(first, k, select(0, depth, o < filters))),
          operand(fetch_w(first + depth, k, select(0, depth, o + 1 < filters))),
          operand(fetch_w(first + 2 * depth, k, select(0, depth, o + 2 < filters))),
          operand(fetch_w(first + 3 * depth, k, select(0, depth, o + 3 < filters))),
        ));
        for (var i = 0u; i < 4; i++) { w_strip[(slot + i) * RIGHT + line / 4] = turned[i]; }
      }
      workgroupBarrier(); // the strips are whole
      for (var i = 0u; i < BK; i++) {
        let l0 = vec4f(x_strip[i * LEFT + local.y]);
        let l1 = vec4f(x_strip[i * LEFT + local.y + WY]);
        let r0 = vec4f(w_strip[i * RIGHT + local.x]);
        let r1 = vec4f(w_strip[i * RIGHT + local.x + WX]);
        y00 += outer(l0, r0);
        y01 += outer(l0, r1);
        y10 += outer(l1, r0);
        y11 += outer(l1, r1);
      }
      workgroupBarrier(); // before the next strips overwrite these
    }

    let row = row0 + local.y * 4;
    let column = column0 + local.x * 4;
    for (var i = 0u; i < 4; i++) {
      store(row + i, column, part, y00[i]);
      store(row + i, column + 4 * WX, part, y01[i]);
      store(row + 4 * WY + i, column, part, y10[i]);
      store(row + 4 * WY + i, column + 4 * WX, part, y11[i]);
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

// Where the filter lies over the image for one output pixel.
struct Patch {
  h: u32, // of its first tap, plus the padding
  w: u32,
  at: u32, // of pixel (0, 0) and the group's first channel in x
  holds: bool,
}

fn patch_of(row: u32, part: u32, pixels: u32) -> Patch {
  let p = params;
  let oh = row / p.OW % p.OH;
  let n = row / p.OW / p.OH;
  let at = n * p.H * p.W * p.C + part * (p.C / p.groups);
  return Patch(oh * p.stride, row % p.OW * p.stride, at, row < pixels);
}

// Distance of k from the first tap, less the padding; and the channel.
struct Tap { h: u32, w: u32, c: u32, holds: bool }

fn tap_of(k: u32, depth: u32) -> Tap {
  let p = params;
  let tap = k / (p.C / p.groups);
  return Tap(
    tap / p.KW * p.dilation - p.padding,
    tap % p.KW * p.dilation - p.padding,
    k % (p.C / p.groups),
    k < depth,
  );
}

const NOWHERE = 0xffffffffu;

// Index in x of what a tap sees. Unsigned: what lies before the image wraps around to far behind it.
fn place(patch_at: Patch, tap: Tap) -> u32 {
  let p = params;
  let h = patch_at.h + tap.h;
  let w = patch_at.w + tap.w;
  let sees = patch_at.holds && tap.holds && h < p.H && w < p.W;
  return select(NOWHERE, patch_at.at + (h * p.W + w) * p.C + tap.c, sees);
}

// The channels that a tap sees, four of them, or one; 0 outside of the image.
fn fetch_x(patch_at: Patch, tap: Tap) -> vec4f {
  let at = place(patch_at, tap);
  if (at == NOWHERE) { return vec4f(); }
  return x[at / 4];
}

fn peek_x(patch_at: Patch, tap: Tap) -> f32 {
  let at = place(patch_at, tap);
  if (at == NOWHERE) { return 0; }
  return x[at / 4][at % 4];
}

// Four neighbouring k of one filter, 0 beyond the depth.
fn fetch_w(filter_at: u32, k: u32, depth: u32) -> vec4f {
  if (k >= depth) { return vec4f(); }
  let at = filter_at + k;
  if (depth % 4 == 0) { return w[at / 4]; }
  var values = vec4f();
  for (var i = 0u; i < min(4, depth - k); i++) { values[i] = w[(at + i) / 4][(at + i) % 4]; }
  return values;
}

fn store(row: u32, column: u32, part: u32, values: vec4f) {
  let p = params;
  if (row >= p.N * p.OH * p.OW) { return; }
  let filters = p.O / p.groups;
  for (var i = 0u; i < 4; i++) {
    if (column + i < filters) { y[row * p.O + part * filters + column + i] = values[i]; }
  }
}
