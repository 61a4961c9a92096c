// Linear layer added onto the residual stream, for one row or a few: one thread for eight outputs of up to four rows.
//
//   input    : f32[R, I]   read
//   weights  : f32[O, I]   read
//   hidden   : f32[R, O]   read and written
//   dispatch : [ceil(O / 8 / 64), ceil(R / 4), 1]
//
// As linear/strip.wgsl: a vector of the input, once read, meets eight vectors of weights, and one row has a loop of
// its own.

override INPUT_STRIDE : u32;
override OUTPUT_WIDTH : u32;
override OUTPUT_STRIDE : u32;
override NUM_CHUNKS : u32 = INPUT_STRIDE / 4u;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> input : array<vec4f>;
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> hidden : array<f32>;
@group(0) @binding(3) var<uniform> pass_ : Pass;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let column = id.x * 8u;
  let row = id.y * 4u;
  if (column >= OUTPUT_WIDTH || row >= pass_.numRows) { return; }

  // Rows and outputs past the last read the last one again; their sums are not written.
  let next = vec4u(0, 1, 2, 3);
  let lastColumn = vec4u(OUTPUT_WIDTH - 1u);
  let x = min(row + next, vec4u(pass_.numRows - 1u)) * NUM_CHUNKS;
  let w = min(column + next, lastColumn) * NUM_CHUNKS;
  let v = min(column + 4u + next, lastColumn) * NUM_CHUNKS;
  var low = mat4x4f(); // outputs 0 to 3: a column for each row
  var high = mat4x4f(); // outputs 4 to 7
  if (pass_.numRows - row == 1u) {
    var sums = vec4f();
    var highSums = vec4f();
    for (var i = 0u; i < NUM_CHUNKS; i++) {
      let only = input[x.x + i];
      sums += vec4f(dot(only, weights[w.x + i]), dot(only, weights[w.y + i]),
        dot(only, weights[w.z + i]), dot(only, weights[w.w + i]));
      highSums += vec4f(dot(only, weights[v.x + i]), dot(only, weights[v.y + i]),
        dot(only, weights[v.z + i]), dot(only, weights[v.w + i]));
    }
    low[0] = sums;
    high[0] = highSums;
  } else {
    for (var i = 0u; i < NUM_CHUNKS; i++) {
      let ws = mat4x4f(weights[w.x + i], weights[w.y + i], weights[w.z + i], weights[w.w + i]);
      let vs = mat4x4f(weights[v.x + i], weights[v.y + i], weights[v.z + i], weights[v.w + i]);
      for (var r = 0u; r < 4u; r++) {
        let own = input[x[r] + i];
        low[r] += own * ws; // the input's dot product with each column
        high[r] += own * vs;
      }
    }
  }
  for (var r = 0u; r < 4u && row + r < pass_.numRows; r++) {
    for (var o = 0u; o < 8u && column + o < OUTPUT_WIDTH; o++) {
      let index = (row + r) * OUTPUT_STRIDE + column + o;
      hidden[index] += select(low[r][o % 4u], high[r][o % 4u], o >= 4u);
    }
  }
}
