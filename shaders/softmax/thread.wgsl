// Softmax over each row and head's scores, one thread for each: no barrier, no workgroup memory, no waiting.
//
//   rows     : u32[maxRows, 2]      read; (sequence, position) of each row
//   scores   : f32[R, N, capacity]  read and written for keys 0..position, which then sum to 1
//   dispatch : [ceil(R * N / 64), 1, 1]
//
// Three walks over the keys: the maximum, the exponentials and their sum, the division. Best where threads are few
// or barriers are dear; neighbouring threads read a whole row apart, which a GPU's memory dislikes.

const LOWEST = -3.0e38;

override NUM_HEADS : u32;
override CAPACITY : u32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> rows : array<vec2u>;
@group(0) @binding(1) var<storage, read_write> scores : array<f32>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let row = id.x / NUM_HEADS;
  if (row >= pass_.numRows) { return; }
  let numKeys = min(rows[pass_.firstRow + row].y + 1u, CAPACITY);
  let start = id.x * CAPACITY;

  var maximum = LOWEST;
  for (var key = 0u; key < numKeys; key++) { maximum = max(maximum, scores[start + key]); }
  var total = 0.0;
  for (var key = 0u; key < numKeys; key++) {
    let weight = exp(scores[start + key] - maximum);
    scores[start + key] = weight;
    total += weight;
  }
  for (var key = 0u; key < numKeys; key++) { scores[start + key] /= total; }
}
