// How many numbers of each chunk are infinite or NaN: those whose exponent's bits are all set. A workgroup counts a chunk;
// its threads' counts are added pairwise.
//
// workgroups: size / CHUNK
const WG = 256;
const CHUNK = 4096;

struct Params { size: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>; // [size], the bits of f32
@group(0) @binding(1) var<storage, read_write> y: array<u32>; // [size / CHUNK]
@group(0) @binding(2) var<uniform> params: Params;

const EXPONENT = 0x7f800000u;

var<workgroup> counts: array<u32, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let size = params.size;
  for (var chunk = group.x; chunk < (size + CHUNK - 1) / CHUNK; chunk += groups.x) {
    var count = 0u;
    for (var i = chunk * CHUNK + thread; i < min(size, (chunk + 1) * CHUNK); i += WG) {
      count += u32((x[i] & EXPONENT) == EXPONENT);
    }
    counts[thread] = count;
    for (var half = WG / 2u; half > 0; half /= 2) {
      workgroupBarrier(); // the counts of the round before are written
      if (thread < half) { counts[thread] += counts[thread + half]; }
    }
    if (thread == 0) { y[chunk] = counts[0]; }
    workgroupBarrier(); // before the next chunk overwrites the counts
  }
}
