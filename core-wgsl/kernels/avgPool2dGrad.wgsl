// dx[n, h, w, c] = sum of dy / count over the windows that hold (h, w)
//
// One invocation an element of dx, which gathers from its windows: no two write to one place.

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
  countIncludePad: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>; // [N, outH, outW, C]
@group(0) @binding(1) var<storage, read_write> dx: array<f32>; // [N, H, W, C]
@group(0) @binding(2) var<uniform> params: Params;

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
        let inside = (windowEnd(oh, params.H) - windowStart(oh)) * (windowEnd(ow, params.W) - windowStart(ow));
        let count = select(inside, params.kernel * params.kernel, params.countIncludePad != 0u);
        sum += dy[((n * params.outH + oh) * params.outW + ow) * params.C + c] / f32(count);
      }
    }
    dx[i] = sum;
  }
}
