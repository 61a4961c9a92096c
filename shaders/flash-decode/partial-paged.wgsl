// Flash decode over a paged KV cache, first of two kernels: one workgroup for a split, a row and a query head.
//
//   rows       : u32[maxRows, 2]             read; (sequence, position) of each row
//   queries    : f32[R, N, H]                read
//   blockTable : u32[B, ceil(capacity / P)]  read
//   cache      : f32[2, numSlots, K, H]      read; keys, then values
//   partials   : f32[R, N, S, H + 2]         written; maximum, sum of weights, weighted values; H is at most 256
//   dispatch   : [S, N, R]
//
// partial-contiguous.wgsl with a block table; the lane that scores a key leaves its slot for those that read its value.

const NUM_LANES = 64u; // and keys in a tile
const LOWEST = -3.0e38;

override NUM_HEADS : u32;
override NUM_KV_HEADS : u32;
override HEAD_WIDTH : u32;
override STRIDE : u32;
override CAPACITY : u32;
override NUM_SLOTS : u32;
override BLOCK_SIZE : u32;
override BLOCKS_PER_SEQUENCE : u32;
override SPLIT_LENGTH : u32;
override NUM_SPLITS : u32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> rows : array<vec2u>;
@group(0) @binding(1) var<storage, read> queries : array<f32>;
@group(0) @binding(2) var<storage, read> blockTable : array<u32>;
@group(0) @binding(3) var<storage, read> cache : array<f32>;
@group(0) @binding(4) var<storage, read_write> partials : array<f32>;
@group(0) @binding(5) var<uniform> pass_ : Pass;

var<workgroup> query : array<f32, 256>;
var<workgroup> scores : array<f32, NUM_LANES>;
var<workgroup> slots : array<u32, NUM_LANES>;

@compute @workgroup_size(NUM_LANES)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(local_invocation_index) lane : u32) {
  let head = group.y;
  let row = group.z;
  let sequence = rows[pass_.firstRow + row].x;
  let numKeys = min(rows[pass_.firstRow + row].y + 1u, CAPACITY);
  let begin = group.x * SPLIT_LENGTH;
  let end = min(begin + SPLIT_LENGTH, numKeys);
  if (begin >= end) { return; } // the context does not reach this split
  let kvHead = head / (NUM_HEADS / NUM_KV_HEADS);
  for (var i = lane; i < HEAD_WIDTH; i += NUM_LANES) {
    query[i] = queries[row * STRIDE + head * HEAD_WIDTH + i] / sqrt(f32(HEAD_WIDTH));
  }
  workgroupBarrier(); // the query is whole

  var valueSums : vec4f; // of the components lane, lane + 64, lane + 128 and lane + 192
  var weightSum = 0.0;
  var maximum = LOWEST;
  for (var first = begin; first < end; first += NUM_LANES) {
    // A lane scores one key …
    var score = LOWEST;
    if (first + lane < end) {
      let key = first + lane;
      let block = blockTable[sequence * BLOCKS_PER_SEQUENCE + key / BLOCK_SIZE];
      slots[lane] = block * BLOCK_SIZE + key % BLOCK_SIZE;
      let start = (slots[lane] * NUM_KV_HEADS + kvHead) * HEAD_WIDTH;
      score = 0.0;
      for (var i = 0u; i < HEAD_WIDTH; i++) { score += query[i] * cache[start + i]; }
    }
    scores[lane] = score;
    workgroupBarrier(); // every score and slot of the tile is there
    let numHere = min(NUM_LANES, end - first);
    var newMaximum = maximum;
    for (var i = 0u; i < numHere; i++) { newMaximum = max(newMaximum, scores[i]); }
    let shrink = exp(maximum - newMaximum);
    valueSums *= shrink;
    weightSum *= shrink;
    maximum = newMaximum;
    workgroupBarrier(); // the scores have been read
    scores[lane] = exp(score - maximum);
    workgroupBarrier(); // they have become weights
    // … and adds up every 64th component of all values.
    for (var i = 0u; i < numHere; i++) {
      let start = ((NUM_SLOTS + slots[i]) * NUM_KV_HEADS + kvHead) * HEAD_WIDTH;
      for (var part = 0u; part * NUM_LANES + lane < HEAD_WIDTH; part++) {
        valueSums[part] += scores[i] * cache[start + part * NUM_LANES + lane];
      }
      weightSum += scores[i];
    }
    workgroupBarrier(); // the weights are used up; the next tile may write its scores
  }

  let place = ((row * NUM_HEADS + head) * NUM_SPLITS + group.x) * (HEAD_WIDTH + 2u);
  if (lane == 0u) {
    partials[place] = maximum;
    partials[place + 1u] = weightSum;
  }
  for (var part = 0u; part * NUM_LANES + lane < HEAD_WIDTH; part++) {
    partials[place + 2u + part * NUM_LANES + lane] = valueSums[part];
  }
}
