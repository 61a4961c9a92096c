// Flash decode, second of two kernels: puts the splits of a context together, one thread for one output.
//
//   rows     : u32[maxRows, 2]      read; (sequence, position) of each row
//   partials : f32[R, N, S, H + 2]  read; maximum, sum of weights, weighted values of each split
//   attended : f32[R, N, H]         written
//   dispatch : [ceil(N * H / 64), R, 1]
//
// A split's sums were made with its own maximum; exp(its maximum − the highest) puts all on one scale. What is read
// here is (H + 2) / (2 · H · split length) of what the first kernel read: next to nothing.

const LOWEST = -3.0e38;

override NUM_HEADS : u32;
override HEAD_WIDTH : u32;
override STRIDE : u32;
override CAPACITY : u32;
override SPLIT_LENGTH : u32;
override NUM_SPLITS : u32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> rows : array<vec2u>;
@group(0) @binding(1) var<storage, read> partials : array<f32>;
@group(0) @binding(2) var<storage, read_write> attended : array<f32>;
@group(0) @binding(3) var<uniform> pass_ : Pass;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let row = id.y;
  if (id.x >= NUM_HEADS * HEAD_WIDTH || row >= pass_.numRows) { return; }
  let head = id.x / HEAD_WIDTH;
  let component = id.x % HEAD_WIDTH;
  let numKeys = min(rows[pass_.firstRow + row].y + 1u, CAPACITY);
  let numSplits = (numKeys + SPLIT_LENGTH - 1u) / SPLIT_LENGTH;

  var valueSum = 0.0;
  var weightSum = 0.0;
  var maximum = LOWEST;
  for (var split = 0u; split < numSplits; split++) {
    let start = ((row * NUM_HEADS + head) * NUM_SPLITS + split) * (HEAD_WIDTH + 2u);
    let newMaximum = max(maximum, partials[start]);
    let shrink = exp(maximum - newMaximum);
    let scale = exp(partials[start] - newMaximum);
    valueSum = valueSum * shrink + partials[start + 2u + component] * scale;
    weightSum = weightSum * shrink + partials[start + 1u] * scale;
    maximum = newMaximum;
  }
  attended[row * STRIDE + id.x] = valueSum / weightSum;
}
