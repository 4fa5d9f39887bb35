// Indices of the k largest of each row, the largest first, ties to the lower index.
//
// A workgroup takes a row. Values become integers of the same order, and with the complement of their index pairs that are
// all different. A radix selection, eight bits at a time from the top, counts how the candidates that are left spread over
// the next 256 digits and keeps the digit in which the k-th largest lies, until what is left is all wanted. The k chosen
// pairs, collected in any order, are then sorted by a bitonic network, so that the order of collection leaves no trace.
//
// workgroups: N
const WG = 256;
const MOST = 1024;

struct Params { N: u32, M: u32, k: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, M]
@group(0) @binding(1) var<storage, read_write> y: array<u32>; // [N, k]
@group(0) @binding(2) var<uniform> params: Params;

// What is known of the k-th largest pair: its leading bits, under a mask.
struct Bound {
  pair: vec2u,
  mask: vec2u,
  wanted: u32, // how many of the pairs that agree with it are among the k largest
  isExact: u32, // all of them are
}

var<workgroup> counts: array<atomic<u32>, WG>; // by digit
var<workgroup> bound: Bound;
var<workgroup> collected: atomic<u32>;
var<workgroup> pairs: array<vec2u, MOST>;

@compute @workgroup_size(WG)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let p = params;
  for (var n = group.x; n < p.N; n += groups.x) {
    if (thread == 0) {
      bound = Bound(vec2u(), vec2u(), p.k, 0);
      atomicStore(&collected, 0u);
    }
    for (var digit = 0u; digit < 8; digit++) {
      let known = workgroupUniformLoad(&bound);
      if (known.isExact == 1) { break; }
      narrow(thread, n * p.M, digit, known);
    }
    let known = workgroupUniformLoad(&bound);

    for (var i = thread; i < p.M; i += WG) {
      let pair = pairOf(n * p.M, i);
      if (!isLess(pair & known.mask, known.pair)) { pairs[atomicAdd(&collected, 1u)] = pair; }
    }
    var length = 1u;
    while (length < p.k) { length *= 2; }
    for (var i = p.k + thread; i < length; i += WG) { pairs[i] = vec2u(); }
    sort(thread, length);
    for (var i = thread; i < p.k; i += WG) { y[n * p.k + i] = ~pairs[i].y; }
    workgroupBarrier(); // before the next row overwrites the pairs
  }
}

// A value's bits in an order of integers, and the complement of its index: the larger pair comes first.
fn pairOf(row: u32, i: u32) -> vec2u {
  let bits = bitcast<u32>(x[row + i]);
  let positive = select(bits, 0, bits == 0x80000000) | 0x80000000; // -0 equals 0
  return vec2u(select(positive, ~bits, bits > 0x80000000), ~i);
}

fn isLess(a: vec2u, b: vec2u) -> bool {
  return a.x < b.x || (a.x == b.x && a.y < b.y);
}

// Learns the next eight bits of the k-th largest pair.
fn narrow(thread: u32, row: u32, digit: u32, known: Bound) {
  let word = digit / 4;
  let shift = 24 - digit % 4 * 8;
  atomicStore(&counts[thread], 0u);
  workgroupBarrier(); // the counts are zero
  for (var i = thread; i < params.M; i += WG) {
    let pair = pairOf(row, i);
    if (all((pair & known.mask) == known.pair)) { atomicAdd(&counts[(pair[word] >> shift) & 255], 1u); }
  }
  workgroupBarrier(); // the counts are whole
  var above = 0u;
  for (var other = thread + 1; other < WG; other++) { above += atomicLoad(&counts[other]); }
  let here = atomicLoad(&counts[thread]);
  if (above < known.wanted && known.wanted <= above + here) {
    bound.pair[word] |= thread << shift;
    bound.mask[word] |= 255u << shift;
    bound.wanted = known.wanted - above;
    bound.isExact = u32(known.wanted - above == here);
  }
}

// Sorts the first `length` pairs, a power of two, the largest first.
fn sort(thread: u32, length: u32) {
  for (var run = 2u; run <= length; run *= 2) {
    for (var stride = run / 2; stride > 0; stride /= 2) {
      workgroupBarrier(); // the pairs of the round before are written
      for (var i = thread; i < length / 2; i += WG) {
        let a = 2 * i - (i & (stride - 1));
        let b = a + stride;
        let first = pairs[a];
        let second = pairs[b];
        if (isLess(first, second) == ((a & run) == 0)) {
          pairs[a] = second;
          pairs[b] = first;
        }
      }
    }
  }
  workgroupBarrier(); // the pairs are in order
}
