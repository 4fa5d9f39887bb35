// Convolution of f16 operands, added up in f32, by subgroup matrices (tensor cores): conv2d where an adapter has them.
//
// Its speed is unmeasured, and it is tested as matmul.subgroupMatrix is, whose tiles, strips and results are these. Rows are
// output pixels (n, oh, ow), columns output channels, and the sum goes over k = (kh, kw, c), as in conv2d.
//
// workgroups: (N * OH * OW / TILE) * (O / groups / TILE) * groups
enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
requires subgroup_id;
diagnostic(off, chromium.subgroup_matrix_uniformity);

const TILE = 64;
const BK = 32;
const SUBGROUP = 32; // threads

struct Params {
  N: u32, H: u32, W: u32, C: u32, O: u32, KH: u32, KW: u32, OH: u32, OW: u32,
  stride: u32, padding: u32, dilation: u32, groups: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>; // [N, H, W, C]
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // [O, KH, KW, C / groups]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, OH, OW, O]
@group(0) @binding(3) var<uniform> params: Params;

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Result = subgroup_matrix_result<f32, 16, 16>;

const THREADS = 4u * SUBGROUP;
const LEFT = BK + 8u; // numbers from row to row of a strip
const RIGHT = TILE + 8u;

var<workgroup> x_strip: array<f16, TILE * LEFT>; // [TILE, BK]
var<workgroup> w_strip: array<f16, BK * RIGHT>; // [BK, TILE]
var<workgroup> results: array<f32, 4 * 256>; // [subgroups, 16, 16]

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let p = params;
  let pixels = p.N * p.OH * p.OW;
  let filters = p.O / p.groups; // of one group
  let columns = (filters + TILE - 1) / TILE;
  let depth = p.KH * p.KW * (p.C / p.groups);
  let row = subgroup / 2 * 32; // of the subgroup's part of the tile
  let column = subgroup % 2 * 32;

  let tiles = (pixels + TILE - 1) / TILE * columns * p.groups;
  for (var tile = group.x; tile < tiles; tile += workgroups.x) {
    let part = tile / columns % p.groups;
    let row0 = tile / columns / p.groups * TILE;
    let column0 = tile % columns * TILE;
    var y00 = Result();
    var y01 = Result();
    var y10 = Result();
    var y11 = Result();

    for (var k0 = 0u; k0 < depth; k0 += BK) {
      for (var at = thread; at < BK * TILE / 4; at += THREADS) {
        let line = at / (BK / 4); // of the tile's pixels and filters
        let slot = at % (BK / 4) * 4; // four k of the strip
        let values = operand(fetch_x(patch_of(row0 + line, part, pixels), k0 + slot, depth));
        for (var i = 0u; i < 4; i++) { x_strip[line * LEFT + slot + i] = values[i]; }
        let o = column0 + line;
        let weights = operand(fetch_w((part * filters + o) * depth, k0 + slot, select(0, depth, o < filters)));
        for (var i = 0u; i < 4; i++) { w_strip[(slot + i) * RIGHT + line] = weights[i]; }
      }
      workgroupBarrier(); // the strips are whole
      for (var k = 0u; k < BK; k += 16) {
        let l0 = subgroupMatrixLoad<Left, row_major>(&x_strip, row * LEFT + k, LEFT);
        let l1 = subgroupMatrixLoad<Left, row_major>(&x_strip, (row + 16) * LEFT + k, LEFT);
        let r0 = subgroupMatrixLoad<Right, row_major>(&w_strip, k * RIGHT + column, RIGHT);
        let r1 = subgroupMatrixLoad<Right, row_major>(&w_strip, k * RIGHT + column + 16, RIGHT);
        y00 = subgroupMatrixMultiplyAccumulate(l0, r0, y00);
        y01 = subgroupMatrixMultiplyAccumulate(l0, r1, y01);
        y10 = subgroupMatrixMultiplyAccumulate(l1, r0, y10);
        y11 = subgroupMatrixMultiplyAccumulate(l1, r1, y11);
      }
      workgroupBarrier(); // before the next strips overwrite these
    }

    subgroupMatrixStore<row_major>(&results, subgroup * 256, y00, 16);
    store(thread, row0, column0, part);
    subgroupMatrixStore<row_major>(&results, subgroup * 256, y01, 16);
    store(thread, row0, column0 + 16, part);
    subgroupMatrixStore<row_major>(&results, subgroup * 256, y10, 16);
    store(thread, row0 + 16, column0, part);
    subgroupMatrixStore<row_major>(&results, subgroup * 256, y11, 16);
    store(thread, row0 + 16, column0 + 16, part);
  }
}

// Writes one matrix of each subgroup; the first one's lies at this row and column.
fn store(thread: u32, row0: u32, column0: u32, part: u32) {
  let p = params;
  let filters = p.O / p.groups;
  workgroupBarrier(); // the results are whole
  for (var at = thread; at < 4 * 256; at += THREADS) {
    let row = row0 + at / 512 * 32 + at / 16 % 16;
    let column = column0 + at / 256 % 2 * 32 + at % 16;
    if (row < p.N * p.OH * p.OW && column < filters) { y[row * p.O + part * filters + column] = results[at]; }
  }
  workgroupBarrier(); // before the next results overwrite these
}

// As in matmul: what exceeds 65504 becomes NaN.
fn operand(v: vec4f) -> vec4<f16> {
  let bits = bitcast<vec4u>(v);
  let exceeds = (bits & vec4u(0x7fffffff)) > vec4u(0x477fe000);
  return vec4<f16>(bitcast<vec4f>(bits | select(vec4u(), vec4u(0x7fc00000), exceeds)));
}

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

// What four neighbouring k see from one output pixel; 0 outside the image and beyond the depth.
fn fetch_x(patch_at: Patch, k: u32, depth: u32) -> vec4f {
  if (params.C / params.groups % 4 == 0) {
    let at = place(patch_at, tap_of(k, depth));
    if (at == NOWHERE) { return vec4f(); }
    return x[at / 4];
  }
  var values = vec4f();
  for (var i = 0u; i < 4; i++) {
    let at = place(patch_at, tap_of(k + i, depth));
    if (at != NOWHERE) { values[i] = x[at / 4][at % 4]; }
  }
  return values;
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
