// Weighted sums of rows that indices name: dq[n, d] = sum over k of dy[n, k] * bank[indices[n, k], d].
//
// A workgroup takes 32 neighbouring numbers of a row of dq. Each of its eight strands of threads adds every eighth row of
// the bank, in blocks so that rounding errors stay small; the strands' sums are added in workgroup memory.
//
// workgroups: N * (D / COLUMNS)
const COLUMNS = 32;

struct Params { N: u32, K: u32, D: u32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>; // [N, K]
@group(0) @binding(1) var<storage, read> bank: array<f32>; // [M, D]
@group(0) @binding(2) var<storage, read> indices: array<u32>; // [N, K]
@group(0) @binding(3) var<storage, read_write> dq: array<f32>; // [N, D]
@group(0) @binding(4) var<uniform> params: Params;

const STRANDS = 8u;
const BLOCK = 64u; // rows that a strand adds before it adds their sum

var<workgroup> sums: array<f32, COLUMNS * STRANDS>;

@compute @workgroup_size(COLUMNS * STRANDS)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let p = params;
  let strips = (p.D + COLUMNS - 1) / COLUMNS;
  for (var at = group.x; at < p.N * strips; at += groups.x) {
    let row = at / strips * p.K;
    let d = at % strips * COLUMNS + thread % COLUMNS;
    var total = 0.0;
    if (d < p.D) {
      for (var k0 = 0u; k0 < p.K; k0 += BLOCK * STRANDS) {
        var sum = 0.0;
        for (var k = k0 + thread / COLUMNS; k < min(k0 + BLOCK * STRANDS, p.K); k += STRANDS) {
          sum += dy[row + k] * bank[indices[row + k] * p.D + d];
        }
        total += sum;
      }
    }
    sums[thread] = total;
    workgroupBarrier(); // all strands' sums are written
    if (thread < COLUMNS && d < p.D) {
      for (var i = 1u; i < STRANDS; i++) { total += sums[thread + i * COLUMNS]; }
      dq[at / strips * p.D + d] = total;
    }
    workgroupBarrier(); // before the next strip overwrites them
  }
}
