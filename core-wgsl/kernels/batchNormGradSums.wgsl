// Per channel and chunk of rows: the sums of dy and of dy * xhat, with xhat = (x - mean) / sqrt(var + eps); with relu,
// where xhat * gamma + beta > 0.
//
// Chunks, strips and threads as in batchMoments.
//
// workgroups: groups * chunks * (channels / MOST_LANES)
const WG = 256;
const MOST_LANES = 64;

struct Params {
  groups: u32, rows: u32, chunks: u32, chunk: u32, channels: u32, relu: u32, eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [groups, rows, channels]
@group(0) @binding(1) var<storage, read> moments: array<f32>; // [groups, 2, channels]
@group(0) @binding(2) var<storage, read> gamma: array<f32>; // [channels]
@group(0) @binding(3) var<storage, read> beta: array<f32>; // [channels]
@group(0) @binding(4) var<storage, read> dy: array<f32>; // [groups, rows, channels]
@group(0) @binding(5) var<storage, read_write> sums: array<f32>; // [groups, chunks, 2, channels]
@group(0) @binding(6) var<uniform> params: Params;

var<workgroup> totals: array<vec2f, WG>; // [rows, lanes]

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
    let g = chunk / p.chunks;
    let first = chunk % p.chunks * p.chunk;
    let count = min(p.rows - first, p.chunk);
    let base = (g * p.rows + first) * p.channels + c;

    var total = vec2f();
    if (c < p.channels) {
      let mean = moments[g * 2 * p.channels + c];
      let scale = inverseSqrt(moments[(g * 2 + 1) * p.channels + c] + p.eps);
      for (var r = thread / lanes; r < count; r += WG / lanes) {
        let at = base + r * p.channels;
        let value = (x[at] - mean) * (gamma[c] * scale) + beta[c];
        let open = p.relu == 0 || value > 0;
        total += select(0, dy[at], open) * vec2f(1, (x[at] - mean) * scale);
      }
    }
    totals[thread] = total;
    for (var half = WG / 2u; half >= lanes; half /= 2) {
      workgroupBarrier(); // the totals of the round before are written
      if (thread < half) { totals[thread] += totals[thread + half]; }
    }
    if (thread < lanes && c < p.channels) {
      sums[chunk * 2 * p.channels + c] = totals[thread].x;
      sums[(chunk * 2 + 1) * p.channels + c] = totals[thread].y;
    }
    workgroupBarrier(); // before the next strip overwrites the totals
  }
}
