// Attention for many rows, one workgroup for 16 rows of one query head, a thread for each row and key of a tile.
//
//   rows     : u32[maxRows, 2]         read; (sequence, position) of each row
//   queries  : f32[R, N, H]            read
//   cache    : f32[2, numSlots, K, H]  read; keys, then values
//   attended : f32[R, N, H]            written; H is at most 256
//   dispatch : [N, ceil(R / 16), 1]
//
// contiguous.wgsl reads the whole context again for every row; here 16 rows share each key and value they read.
// Online softmax, 16 keys a tile: what was summed under an old maximum is shrunk to the new one.

const TILE = 16u;
const LOWEST = -3.0e38;

override NUM_HEADS : u32;
override NUM_KV_HEADS : u32;
override HEAD_WIDTH : u32;
override STRIDE : u32;
override CAPACITY : u32;
override NUM_SLOTS : u32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> rows : array<vec2u>;
@group(0) @binding(1) var<storage, read> queries : array<f32>;
@group(0) @binding(2) var<storage, read> cache : array<f32>;
@group(0) @binding(3) var<storage, read_write> attended : array<f32>;
@group(0) @binding(4) var<uniform> pass_ : Pass;

var<workgroup> queryTile : array<array<f32, TILE>, TILE>; // [row][component]
var<workgroup> keyTile : array<array<f32, TILE + 1u>, TILE>; // [key][component]; values later. 17: other banks
var<workgroup> scores : array<array<f32, TILE>, TILE>; // [row][key]
var<workgroup> weights : array<array<f32, TILE>, TILE>;

@compute @workgroup_size(TILE, TILE)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(local_invocation_id) thread : vec3u) {
  let head = group.x;
  let kvHead = head / (NUM_HEADS / NUM_KV_HEADS);
  let end = min((group.y + 1u) * TILE, pass_.numRows);
  // y is this thread's row; x is its key while scoring and its component of each 16 while adding up.
  let x = thread.x;
  let row = min(group.y * TILE + thread.y, end - 1u);
  let position = rows[pass_.firstRow + row].y;
  let scale = 1.0 / sqrt(f32(HEAD_WIDTH));

  var valueSums : array<f32, 16>; // of components x, x + 16, …
  var weightSum = 0.0;
  var maximum = LOWEST;
  // The rows of one sequence follow each other; a tile in which several sequences meet takes a turn for each.
  var next = group.y * TILE;
  while (next < end) {
    let first = next;
    let sequence = rows[pass_.firstRow + first].x;
    var numKeys = 0u;
    while (next < end && rows[pass_.firstRow + next].x == sequence) {
      numKeys = max(numKeys, min(rows[pass_.firstRow + next].y + 1u, CAPACITY));
      next++;
    }
    for (var start = 0u; start < numKeys; start += TILE) {
      let loaded = start + thread.y; // the key that this thread helps to load
      let slot = sequence * CAPACITY + loaded;
      let source = (slot * NUM_KV_HEADS + kvHead) * HEAD_WIDTH;
      var score = 0.0;
      for (var chunk = 0u; chunk < HEAD_WIDTH; chunk += TILE) {
        let i = chunk + x;
        var query = 0.0;
        var key = 0.0;
        if (i < HEAD_WIDTH) { query = queries[row * STRIDE + head * HEAD_WIDTH + i]; }
        if (i < HEAD_WIDTH && loaded < numKeys) { key = cache[source + i]; }
        queryTile[thread.y][x] = query;
        keyTile[thread.y][x] = key;
        workgroupBarrier(); // 16 components of 16 queries and 16 keys are there
        for (var k = 0u; k < TILE; k++) { score += queryTile[thread.y][k] * keyTile[x][k]; }
        workgroupBarrier(); // they are used up
      }
      let isMine = row >= first && row < next && start + x <= position && start + x < numKeys;
      scores[thread.y][x] = select(LOWEST, score * scale, isMine);
      workgroupBarrier(); // every score of the tile is there
      var newMaximum = maximum;
      for (var k = 0u; k < TILE; k++) { newMaximum = max(newMaximum, scores[thread.y][k]); }
      weights[thread.y][x] = select(0.0, exp(scores[thread.y][x] - newMaximum), isMine);
      let shrink = exp(maximum - newMaximum);
      maximum = newMaximum;
      weightSum *= shrink;
      for (var chunk = 0u; chunk < HEAD_WIDTH; chunk += TILE) {
        let i = chunk + x;
        var value = 0.0;
        if (i < HEAD_WIDTH && loaded < numKeys) {
          value = cache[NUM_SLOTS * NUM_KV_HEADS * HEAD_WIDTH + source + i];
        }
        keyTile[thread.y][x] = value;
        workgroupBarrier(); // 16 components of 16 values are there, and the weights
        var sum = valueSums[chunk / TILE] * shrink;
        for (var k = 0u; k < TILE; k++) { sum += weights[thread.y][k] * keyTile[k][x]; }
        valueSums[chunk / TILE] = sum;
        workgroupBarrier(); // they are used up
      }
      for (var k = 0u; k < TILE; k++) { weightSum += weights[thread.y][k]; }
      workgroupBarrier(); // the weights are used up too
    }
  }
  if (group.y * TILE + thread.y >= end) { return; }
  for (var i = x; i < HEAD_WIDTH; i += TILE) {
    attended[row * STRIDE + head * HEAD_WIDTH + i] = valueSums[i / TILE] / weightSum;
  }
}
