// y[n, k] uniform below `allowed`, own[n] stepped over where `bar` is set
//
// One invocation a pair of numbers, which share a Threefry block.

// workgroups: N * ((K / 2) / WG)
const WG = 256u;

struct Params {
  N: u32,
  K: u32,
  purpose: u32,
  bar: u32,
  allowed: u32,
}

@group(0) @binding(0) var<storage, read> keys: array<vec2u>; // [N, 2]
@group(0) @binding(1) var<storage, read> own: array<u32>; // [N]
@group(0) @binding(2) var<storage, read_write> y: array<u32>; // [N, K]
@group(0) @binding(3) var<uniform> params: Params;

const ODD = vec4u(13, 15, 26, 6);
const EVEN = vec4u(17, 29, 16, 24);

// Threefry-2x32, 20 rounds: core/random.ts.
fn threefry(key: vec2u, counter: vec2u) -> vec2u {
  var word = counter + key;
  var add = vec3u(key.y, 0x1bd11bda ^ key.x ^ key.y, key.x); // the key words in the order in which they are added
  for (var i = 1u; i <= 5; i++) {
    let turns = select(EVEN, ODD, i % 2 == 1);
    for (var j = 0u; j < 4; j++) {
      word.x += word.y;
      word.y = ((word.y << turns[j]) | (word.y >> (32 - turns[j]))) ^ word.x;
    }
    word += vec2u(add.x, add.y + i);
    add = add.yzx;
  }
  return word;
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = params;
  let pairs = (p.K + 1) / 2;
  for (var i = id.x; i < p.N * pairs; i += groups.x * WG) {
    let n = i / pairs;
    let pair = i % pairs;
    let words = threefry(keys[n], vec2u(pair, p.purpose << 16));
    for (var j = 0u; j < min(2u, p.K - 2 * pair); j++) {
      let drawn = words[j] % p.allowed;
      y[n * p.K + 2 * pair + j] = drawn + select(0u, 1u, p.bar == 1 && drawn >= own[n]);
    }
  }
}
