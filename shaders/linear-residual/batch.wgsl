// Linear layer added onto the residual stream for a small batch, hidden += input · weightsᵀ, lanes along I.
//
//   input    : f32[R, I]   read
//   weights  : f32[O, I]   read
//   hidden   : f32[R, O]   read and written
//   dispatch : [ceil(O / 4), ceil(R / 16), 1]
//
// One workgroup makes four outputs of up to 16 rows from one reading of their weights; cooperative.wgsl reads them
// again for every four rows.

const LANES = 64u;

override INPUT_STRIDE : u32;
override OUTPUT_WIDTH : u32;
override OUTPUT_STRIDE : u32;
override NUM_CHUNKS : u32 = INPUT_STRIDE / 4u;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> input : array<vec4f>;
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> hidden : array<f32>;
@group(0) @binding(3) var<uniform> pass_ : Pass;

var<workgroup> partialSums : array<mat4x4f, LANES>; // of a lane: a column for each row of a quarter

// The dot products of four rows' vectors, from `row` on, with four weight vectors: a column for each row.
fn fourRows(row : u32, i : u32, weightVectors : mat4x4f) -> mat4x4f {
  // Rows past the last one repeat the last one; their sums are not written.
  let x = min(vec4u(row) + vec4u(0, 1, 2, 3), vec4u(pass_.numRows - 1u)) * NUM_CHUNKS + i;
  return weightVectors * mat4x4f(input[x.x], input[x.y], input[x.z], input[x.w]);
}

// Adds up what all lanes hold for four rows, and adds it onto the stream.
fn addQuarter(row : u32, column : u32, lane : u32, sums : mat4x4f) {
  workgroupBarrier(); // the sums of the quarter before have been read
  partialSums[lane] = sums;
  workgroupBarrier(); // every lane's sums are stored
  let r = lane / 4u;
  let o = lane % 4u;
  if (lane >= 16u || row + r >= pass_.numRows || column + o >= OUTPUT_WIDTH) { return; }
  var sum = 0.0;
  for (var other = 0u; other < LANES; other++) { sum += partialSums[other][r][o]; }
  hidden[(row + r) * OUTPUT_STRIDE + column + o] += sum;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(local_invocation_index) lane : u32) {
  let column = group.x * 4u;
  let row = group.y * 16u;
  if (row >= pass_.numRows) { return; }
  let numRows = pass_.numRows - row;

  let columns = min(vec4u(column) + vec4u(0, 1, 2, 3), vec4u(OUTPUT_WIDTH - 1u));
  let w = columns * NUM_CHUNKS;
  var first = mat4x4f();
  var second = mat4x4f();
  var third = mat4x4f();
  var fourth = mat4x4f();
  for (var i = lane; i < NUM_CHUNKS; i += LANES) {
    let ws = transpose(mat4x4f(
      weights[w.x + i], weights[w.y + i], weights[w.z + i], weights[w.w + i]));
    first += fourRows(row, i, ws);
    if (numRows > 4u) { second += fourRows(row + 4u, i, ws); }
    if (numRows > 8u) {
      third += fourRows(row + 8u, i, ws);
      fourth += fourRows(row + 12u, i, ws);
    }
  }
  addQuarter(row, column, lane, first);
  if (numRows > 4u) { addQuarter(row + 4u, column, lane, second); }
  if (numRows > 8u) {
    addQuarter(row + 8u, column, lane, third);
    addQuarter(row + 12u, column, lane, fourth);
  }
}
