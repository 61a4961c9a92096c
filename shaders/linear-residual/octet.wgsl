// Linear layer added onto the residual stream, hidden += input · weightsᵀ, 8 rows by 8 outputs in each thread.
//
//   input    : f32[R, I]   read
//   weights  : f32[O, I]   read
//   hidden   : f32[R, O]   read and written
//   dispatch : [ceil(O / 8 / 16), ceil(R / 8 / 4), 1]
//
// Twice the side of quad.wgsl: 16 loads feed 64 dot products, so half as many loads for the same arithmetic. All
// 64 sums must fit in registers; still no shared memory and no barrier.

override INPUT_STRIDE : u32;
override OUTPUT_WIDTH : u32;
override OUTPUT_STRIDE : u32;
override NUM_CHUNKS : u32 = INPUT_STRIDE / 4u;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> input : array<vec4f>;
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> hidden : array<f32>;
@group(0) @binding(3) var<uniform> pass_ : Pass;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let column = id.x * 8u;
  let row = id.y * 8u;
  if (column >= OUTPUT_WIDTH || row >= pass_.numRows) { return; }

  // Rows and outputs past the last read the last one again; their sums are not written.
  let low = vec4u(0, 1, 2, 3);
  let high = vec4u(4, 5, 6, 7);
  let lastRow = vec4u(pass_.numRows - 1u);
  let lastColumn = vec4u(OUTPUT_WIDTH - 1u);
  let xLow = min(row + low, lastRow) * NUM_CHUNKS;
  let xHigh = min(row + high, lastRow) * NUM_CHUNKS;
  let wLow = min(column + low, lastColumn) * NUM_CHUNKS;
  let wHigh = min(column + high, lastColumn) * NUM_CHUNKS;
  var lowLow = mat4x4f(); // rows 0 to 3, outputs 0 to 3: a column for each row
  var lowHigh = mat4x4f(); // rows 0 to 3, outputs 4 to 7
  var highLow = mat4x4f();
  var highHigh = mat4x4f();
  for (var i = 0u; i < NUM_CHUNKS; i++) {
    let xs = mat4x4f(input[xLow.x + i], input[xLow.y + i], input[xLow.z + i], input[xLow.w + i]);
    let ys = mat4x4f(
      input[xHigh.x + i], input[xHigh.y + i], input[xHigh.z + i], input[xHigh.w + i]);
    let ws = transpose(mat4x4f(
      weights[wLow.x + i], weights[wLow.y + i], weights[wLow.z + i], weights[wLow.w + i]));
    lowLow += ws * xs; // the dot product of each row's vector with each output's
    highLow += ws * ys;
    let vs = transpose(mat4x4f(
      weights[wHigh.x + i], weights[wHigh.y + i], weights[wHigh.z + i], weights[wHigh.w + i]));
    lowHigh += vs * xs;
    highHigh += vs * ys;
  }
  addQuad(row, column, lowLow);
  addQuad(row, column + 4u, lowHigh);
  addQuad(row + 4u, column, highLow);
  addQuad(row + 4u, column + 4u, highHigh);
}

fn addQuad(row : u32, column : u32, sums : mat4x4f) {
  if (column >= OUTPUT_WIDTH) { return; }
  let numColumns = min(4u, OUTPUT_WIDTH - column);
  for (var r = 0u; r < 4u && row + r < pass_.numRows; r++) {
    for (var o = 0u; o < numColumns; o++) {
      hidden[(row + r) * OUTPUT_STRIDE + column + o] += sums[r][o];
    }
  }
}
