// Linear layer and ReLU in one kernel, output = max(input · weightsᵀ, 0), one thread for one output of four rows.
//
//   input    : f32[R, I]   read
//   weights  : f32[O, I]   read
//   output   : f32[R, O]   written
//   dispatch : [ceil(O / 64), ceil(R / 4), 1]
//
// linear/vec4.wgsl with one more word: a sum is still in a register when it is compared with zero, so the output is
// not read and written again, and there is one launch in place of two.

override INPUT_STRIDE : u32;
override OUTPUT_WIDTH : u32;
override OUTPUT_STRIDE : u32;
override NUM_CHUNKS : u32 = INPUT_STRIDE / 4u;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> input : array<vec4f>;
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output : array<f32>;
@group(0) @binding(3) var<uniform> pass_ : Pass;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let column = id.x;
  let row = id.y * 4u;
  if (column >= OUTPUT_WIDTH || row >= pass_.numRows) { return; }

  let weightStart = column * NUM_CHUNKS;
  let numRows = min(4u, pass_.numRows - row);
  var sums = vec4f();
  if (numRows == 1u) {
    for (var i = 0u; i < NUM_CHUNKS; i++) {
      sums.x += dot(weights[weightStart + i], input[row * NUM_CHUNKS + i]);
    }
  } else {
    // Rows past the last one read the last one again; their sums are not written.
    let starts = min(vec4u(row) + vec4u(0, 1, 2, 3), vec4u(pass_.numRows - 1u)) * NUM_CHUNKS;
    for (var i = 0u; i < NUM_CHUNKS; i++) {
      let inputs = mat4x4f(
        input[starts.x + i], input[starts.y + i], input[starts.z + i], input[starts.w + i]);
      sums += weights[weightStart + i] * inputs;
    }
  }
  for (var r = 0u; r < numRows; r++) {
    output[(row + r) * OUTPUT_STRIDE + column] = max(sums[r], 0.0);
  }
}
