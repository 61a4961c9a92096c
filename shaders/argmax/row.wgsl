// Greedy sampling: the token with the highest logit, one workgroup for each sequence.
//
//   logits     : f32[B, V]  read
//   nextTokens : u32[_]     written, from firstRow on
//   dispatch   : [B, 1, 1]
//
// Lanes take every 256th logit, then a tree keeps the better of two. The lowest index wins a tie, so the answer
// does not depend on which lane saw it.

const NUM_LANES = 256u;

override VOCABULARY : u32;
override STRIDE : u32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> logits : array<f32>;
@group(0) @binding(1) var<storage, read_write> nextTokens : array<u32>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

var<workgroup> bestLogits : array<f32, NUM_LANES>;
var<workgroup> bestTokens : array<u32, NUM_LANES>;

@compute @workgroup_size(NUM_LANES)
fn main(
  @builtin(workgroup_id) group : vec3u,
  @builtin(local_invocation_index) lane : u32,
) {
  let row = group.x;
  if (row >= pass_.numRows) { return; }
  let start = row * STRIDE;

  // Every lane begins with token 0, a candidate that the tie rule lets no lane count twice.
  var bestLogit = logits[start];
  var bestToken = 0u;
  for (var token = lane; token < VOCABULARY; token += NUM_LANES) {
    let logit = logits[start + token];
    if (logit > bestLogit) {
      bestLogit = logit;
      bestToken = token;
    }
  }
  bestLogits[lane] = bestLogit;
  bestTokens[lane] = bestToken;

  for (var width = NUM_LANES / 2u; width > 0u; width /= 2u) {
    workgroupBarrier(); // The candidates of the level below are written.
    if (lane < width) {
      let logit = bestLogits[lane + width];
      let token = bestTokens[lane + width];
      let isTie = logit == bestLogits[lane];
      if (logit > bestLogits[lane] || (isTie && token < bestTokens[lane])) {
        bestLogits[lane] = logit;
        bestTokens[lane] = token;
      }
    }
  }
  // Lane 0 wrote the last candidate itself, so nothing is left to wait for.
  if (lane == 0u) { nextTokens[pass_.firstRow + row] = bestTokens[0]; }
}
