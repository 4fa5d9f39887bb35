// How much two views of one image resemble each other: s[i] = z[i] . z[(i + M / 2) mod M] / temperature.
//
// workgroups: M / SIZE, 1
const SIZE = 64;

struct Params { M: u32, D: u32, temperature: f32 }

@group(0) @binding(0) var<storage, read> z: array<f32>; // [M, D]
@group(0) @binding(1) var<storage, read_write> s: array<f32>; // [M]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.M) { return; }
  let partner = (i + params.M / 2) % params.M;
  var sum = 0.0;
  for (var d = 0u; d < params.D; d++) { sum += z[i * params.D + d] * z[partner * params.D + d]; }
  s[i] = sum / params.temperature;
}
