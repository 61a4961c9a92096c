// RMSNorm, the Q, K and V projections, RoPE and the append to a paged KV cache in one dispatch.
//
//   hidden     : f32[R, D]           read
//   normWeight : f32[D]              read, padded with zeros to a multiple of four
//   weights    : f32[(N + 2K)·H, D]  read: Q rows, then K rows, then V rows
//   rope       : f32[capacity, H]    read: H/2 cosines, then H/2 sines
//   rows       : u32[_, 2]           read: (sequence, position), from firstRow on
//   blockTable : u32[B, blocks]      read: the block of each P = blockSize tokens of a sequence
//   queries    : f32[R, N·H]         written
//   cache      : f32[2, slots, K·H]  written at each row's slot, block · P + position mod P
//   dispatch   : [ceil((N + 2K)·H/2 / 4 / 64), R, 1]
//
// A thread makes four pairs (i, i + H/2) of one row: a vector of the row, once read and normed, meets eight vectors of
// weights. For a row or two; with more, each row reads the weights anew.

override WIDTH : u32;
override NUM_CHUNKS : u32; // vectors of four in a padded row of D
override NUM_HEADS : u32;
override NUM_KV_HEADS : u32;
override HEAD_WIDTH : u32;
override QUERY_STRIDE : u32;
override BLOCKS_PER_SEQUENCE : u32;
override BLOCK_SIZE : u32;
override NUM_SLOTS : u32;
override EPSILON : f32;
override HALF : u32 = HEAD_WIDTH / 2u;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> hidden : array<vec4f>;
@group(0) @binding(1) var<storage, read> normWeight : array<vec4f>;
@group(0) @binding(2) var<storage, read> weights : array<vec4f>;
@group(0) @binding(3) var<storage, read> rope : array<f32>;
@group(0) @binding(4) var<storage, read> rows : array<vec2u>;
@group(0) @binding(5) var<storage, read> blockTable : array<u32>;
@group(0) @binding(6) var<storage, read_write> queries : array<f32>;
@group(0) @binding(7) var<storage, read_write> cache : array<f32>;
@group(0) @binding(8) var<uniform> pass_ : Pass;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let pair = id.x * 4u;
  let row = id.y;
  let numPairs = (NUM_HEADS + 2u * NUM_KV_HEADS) * HALF;
  if (pair >= numPairs || row >= pass_.numRows) { return; }

  // Pairs past the last read the last one again; their sums are not written.
  let start = row * NUM_CHUNKS;
  let pairs = min(pair + vec4u(0, 1, 2, 3), vec4u(numPairs - 1u));
  let w = ((pairs / HALF) * HEAD_WIDTH + pairs % HALF) * NUM_CHUNKS;
  let v = w + HALF * NUM_CHUNKS;
  var squares = 0.0;
  var firsts = vec4f();
  var seconds = vec4f();
  for (var c = 0u; c < NUM_CHUNKS; c++) {
    let x = hidden[start + c];
    let weighted = x * normWeight[c];
    squares += dot(x, x);
    firsts += vec4f(dot(weighted, weights[w.x + c]), dot(weighted, weights[w.y + c]),
      dot(weighted, weights[w.z + c]), dot(weighted, weights[w.w + c]));
    seconds += vec4f(dot(weighted, weights[v.x + c]), dot(weighted, weights[v.y + c]),
      dot(weighted, weights[v.z + c]), dot(weighted, weights[v.w + c]));
  }
  let scale = inverseSqrt(squares / f32(WIDTH) + EPSILON);
  for (var p = 0u; p < 4u; p++) {
    writePair(row, pair + p, vec2f(firsts[p], seconds[p]) * scale);
  }
}

fn writePair(row : u32, pair : u32, sums : vec2f) {
  let head = pair / HALF; // of the query heads, then the key heads, then the value heads
  let i = pair % HALF;
  if (head >= NUM_HEADS + 2u * NUM_KV_HEADS) { return; }
  let sequence = rows[pass_.firstRow + row].x;
  let position = rows[pass_.firstRow + row].y;
  var rotated = sums;
  if (head < NUM_HEADS + NUM_KV_HEADS) {
    let cosine = rope[position * HEAD_WIDTH + i];
    let sine = rope[position * HEAD_WIDTH + HALF + i];
    rotated = vec2f(sums.x * cosine - sums.y * sine, sums.y * cosine + sums.x * sine);
  }
  if (head < NUM_HEADS) {
    let index = row * QUERY_STRIDE + head * HEAD_WIDTH + i;
    queries[index] = rotated.x;
    queries[index + HALF] = rotated.y;
  } else {
    let block = blockTable[sequence * BLOCKS_PER_SEQUENCE + position / BLOCK_SIZE];
    let slot = block * BLOCK_SIZE + position % BLOCK_SIZE;
    let kvHead = head - NUM_HEADS; // K of the keys, then K of the values, which follow all the keys
    let slotInCache = kvHead / NUM_KV_HEADS * NUM_SLOTS + slot;
    let index = (slotInCache * NUM_KV_HEADS + kvHead % NUM_KV_HEADS) * HEAD_WIDTH + i;
    cache[index] = rotated.x;
    cache[index + HALF] = rotated.y;
  }
}
