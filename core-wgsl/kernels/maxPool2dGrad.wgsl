// dx[n, h, w, c] = sum of dy over the windows of which x[n, h, w, c] is the first maximum, row by row
//
// One invocation an element of dx, which looks through every window that holds it: no two write to one place.

// workgroups: N * H * W * C / WG
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

@group(0) @binding(0) var<storage, read> dy: array<f32>; // [N, outH, outW, C]
@group(0) @binding(1) var<storage, read> x: array<f32>; // [N, H, W, C]
@group(0) @binding(2) var<storage, read_write> dx: array<f32>; // [N, H, W, C]
@group(0) @binding(3) var<uniform> params: Params;

/// First pixel along an axis, within the image, of the window of output o.
fn windowStart(o: u32) -> u32 {
  return max(o * params.stride, params.padding) - params.padding;
}

/// The pixel after its last one.
fn windowEnd(o: u32, extent: u32) -> u32 {
  return min(o * params.stride + params.kernel - params.padding, extent);
}

/// First output along an axis whose window holds pixel i.
fn holderStart(i: u32) -> u32 {
  return (max(i + params.padding + params.stride, params.kernel) - params.kernel) / params.stride;
}

/// The output after the last one.
fn holderEnd(i: u32, outputs: u32) -> u32 {
  return min((i + params.padding) / params.stride + 1u, outputs);
}

/// Index in x of the first maximum of a window.
fn firstMaximum(n: u32, oh: u32, ow: u32, c: u32) -> u32 {
  var first = ((n * params.H + windowStart(oh)) * params.W + windowStart(ow)) * params.C + c;
  var best = x[first];
  for (var h = windowStart(oh); h < windowEnd(oh, params.H); h++) {
    for (var w = windowStart(ow); w < windowEnd(ow, params.W); w++) {
      let at = ((n * params.H + h) * params.W + w) * params.C + c;
      if (x[at] > best) {
        best = x[at];
        first = at;
      }
    }
  }
  return first;
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.N * params.H * params.W * params.C; i += groups.x * WG) {
    let c = i % params.C;
    let w = i / params.C % params.W;
    let h = i / params.C / params.W % params.H;
    let n = i / params.C / params.W / params.H;
    var sum = 0.0;
    for (var oh = holderStart(h); oh < holderEnd(h, params.outH); oh++) {
      for (var ow = holderStart(w); ow < holderEnd(w, params.outW); ow++) {
        if (firstMaximum(n, oh, ow, c) == i) {
          sum += dy[((n * params.outH + oh) * params.outW + ow) * params.C + c];
        }
      }
    }
    dx[i] = sum;
  }
}
