// y[n, oh, ow, c] = max of x over the window, of which the padding is no part
//
// One invocation an element of y.

// workgroups: N * outH * outW * C / WG
const WG = 256u;

struct Params {
  N: u32,
  H: u32,
  W: u32,
  C: u32,
  outH: u32,
  outW: u32,
  kernel: u32,
  stride: u32,
  padding: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, H, W, C]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [N, outH, outW, C]
@group(0) @binding(2) var<uniform> params: Params;

/// First pixel along an axis, within the image, of the window of output o.
fn windowStart(o: u32) -> u32 {
  return max(o * params.stride, params.padding) - params.padding;
}

/// The pixel after its last one.
fn windowEnd(o: u32, extent: u32) -> u32 {
  return min(o * params.stride + params.kernel - params.padding, extent);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.N * params.outH * params.outW * params.C; i += groups.x * WG) {
    let c = i % params.C;
    let ow = i / params.C % params.outW;
    let oh = i / params.C / params.outW % params.outH;
    let n = i / params.C / params.outW / params.outH;
    var best = x[((n * params.H + windowStart(oh)) * params.W + windowStart(ow)) * params.C + c];
    for (var h = windowStart(oh); h < windowEnd(oh, params.H); h++) {
      for (var w = windowStart(ow); w < windowEnd(ow, params.W); w++) {
        best = max(best, x[((n * params.H + h) * params.W + w) * params.C + c]);
      }
    }
    y[i] = best;
  }
}
