// Mean and biased variance of all rows from those of chunks: with n_k rows in chunk k of n,
//
//     mean = sum of n_k mean_k / n,   var = sum of (squares_k + n_k (mean_k - mean)^2) / n
//
// A workgroup takes a strip of LANES neighbouring channels; its threads form WG / LANES rows, row r takes
// chunks r, r + rows, ..., and the rows' totals are added pairwise.
//
// workgroups: groups * (channels / LANES)
const WG = 256;
const LANES = 8;

struct Params { groups: u32, chunks: u32, rows: u32, chunk: u32, channels: u32 }

@group(0) @binding(0) var<storage, read> moments: array<f32>; // [groups, chunks, 2, channels]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [groups, 2, channels]
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> totals: array<f32, WG>; // [rows, LANES]

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let p = params;
  let strips = (p.channels + LANES - 1) / LANES;
  for (var strip = group.x; strip < p.groups * strips; strip += workgroups.x) {
    let g = strip / strips;
    let c = strip % strips * LANES + thread % LANES;
    let holds = c < p.channels;

    var total = 0.0;
    for (var k = thread / LANES; k < p.chunks && holds; k += WG / LANES) {
      total += rows_of(k) * moments[(g * p.chunks + k) * 2 * p.channels + c];
    }
    let mean = add_up(total, thread) / f32(p.rows);

    total = 0.0;
    for (var k = thread / LANES; k < p.chunks && holds; k += WG / LANES) {
      let at = (g * p.chunks + k) * 2 * p.channels + c;
      let deviation = moments[at] - mean;
      total += moments[at + p.channels] + rows_of(k) * deviation * deviation;
    }
    let variance = add_up(total, thread) / f32(p.rows);

    if (thread < LANES && holds) {
      y[g * 2 * p.channels + c] = mean;
      y[(g * 2 + 1) * p.channels + c] = variance;
    }
  }
}

fn rows_of(k: u32) -> f32 { return f32(min(params.rows - k * params.chunk, params.chunk)); }

// The sum over all rows of threads, for each lane.
fn add_up(value: f32, thread: u32) -> f32 {
  workgroupBarrier(); // the sums of the time before are read
  totals[thread] = value;
  for (var half = WG / 2u; half >= LANES; half /= 2) {
    workgroupBarrier(); // the totals of the round before are written
    if (thread < half) { totals[thread] += totals[thread + half]; }
  }
  workgroupBarrier(); // the sums are whole
  return totals[thread % LANES];
}
