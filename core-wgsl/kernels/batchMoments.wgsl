// Per channel and chunk of rows: the mean, and the sum of squared deviations from it.
//
// A workgroup takes one chunk and a strip of `lanes` neighbouring channels (a power of two, so that few
// channels keep all threads busy): its threads form WG / lanes rows, row r takes r, r + rows, ... of the
// chunk, and the rows' totals are added pairwise. The chunk is read twice; the second time it comes from the
// cache.
//
// workgroups: groups * chunks * (channels / MOST_LANES)
const WG = 256;
const MOST_LANES = 64;

struct Params { groups: u32, rows: u32, chunks: u32, chunk: u32, channels: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [groups, rows, channels]
@group(0) @binding(1) var<storage, read_write> moments: array<f32>; // [groups, chunks, 2, channels]
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> totals: array<f32, WG>; // [rows, lanes]

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let p = params;
  var lanes = 1u;
  while (lanes < MOST_LANES && lanes < p.channels) { lanes *= 2; }
  let strips = (p.channels + lanes - 1) / lanes;

  for (var strip = group.x; strip < p.groups * p.chunks * strips; strip += workgroups.x) {
    let c = strip % strips * lanes + thread % lanes;
    let chunk = strip / strips; // over all groups
    let first = chunk % p.chunks * p.chunk;
    let count = min(p.rows - first, p.chunk);
    let base = (chunk / p.chunks * p.rows + first) * p.channels + c;
    let holds = c < p.channels;

    var total = 0.0;
    for (var r = thread / lanes; r < count && holds; r += WG / lanes) { total += x[base + r * p.channels]; }
    let mean = add_up(total, thread, lanes) / f32(count);

    total = 0.0;
    for (var r = thread / lanes; r < count && holds; r += WG / lanes) {
      let deviation = x[base + r * p.channels] - mean;
      total += deviation * deviation;
    }
    let squares = add_up(total, thread, lanes);

    if (thread < lanes && holds) {
      moments[chunk * 2 * p.channels + c] = mean;
      moments[(chunk * 2 + 1) * p.channels + c] = squares;
    }
  }
}

// The sum over all rows of threads, for each lane.
fn add_up(value: f32, thread: u32, lanes: u32) -> f32 {
  workgroupBarrier(); // the sums of the time before are read
  totals[thread] = value;
  for (var half = WG / 2u; half >= lanes; half /= 2) {
    workgroupBarrier(); // the totals of the round before are written
    if (thread < half) { totals[thread] += totals[thread + half]; }
  }
  workgroupBarrier(); // the sums are whole
  return totals[thread % lanes];
}
