// RMSNorm and the linear layer after it in one kernel, one thread for one output of up to four rows.
//
//   hidden     : f32[R, D]   read
//   normWeight : f32[D]      read, padded with zeros to a multiple of four
//   weights    : f32[O, D]   read
//   output     : f32[R, O]   written
//   dispatch   : [ceil(O / 64), ceil(R / 4), 1]
//
// linear/vec4.wgsl, and the squares of a row are summed as its numbers pass. The norm's scale is one number for each
// row, so it can wait until after the sums: the normed row is never written, and there is one launch in place of two.

override WIDTH : u32;
override NUM_CHUNKS : u32; // vectors of four in a padded row of D
override OUTPUT_WIDTH : u32;
override OUTPUT_STRIDE : u32;
override EPSILON : f32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> hidden : array<vec4f>;
@group(0) @binding(1) var<storage, read> normWeight : array<vec4f>;
@group(0) @binding(2) var<storage, read> weights : array<vec4f>;
@group(0) @binding(3) var<storage, read_write> output : array<f32>;
@group(0) @binding(4) var<uniform> pass_ : Pass;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let column = id.x;
  let row = id.y * 4u;
  if (column >= OUTPUT_WIDTH || row >= pass_.numRows) { return; }

  let weightStart = column * NUM_CHUNKS;
  let numRows = min(4u, pass_.numRows - row);
  var squares = vec4f();
  var sums = vec4f();
  if (numRows == 1u) {
    for (var c = 0u; c < NUM_CHUNKS; c++) {
      let x = hidden[row * NUM_CHUNKS + c];
      squares.x += dot(x, x);
      sums.x += dot(weights[weightStart + c] * normWeight[c], x);
    }
  } else {
    // Rows past the last one read the last one again; their sums are not written.
    let starts = min(vec4u(row) + vec4u(0, 1, 2, 3), vec4u(pass_.numRows - 1u)) * NUM_CHUNKS;
    for (var c = 0u; c < NUM_CHUNKS; c++) {
      let x = mat4x4f(
        hidden[starts.x + c], hidden[starts.y + c], hidden[starts.z + c], hidden[starts.w + c]);
      squares += vec4f(dot(x[0], x[0]), dot(x[1], x[1]), dot(x[2], x[2]), dot(x[3], x[3]));
      sums += (weights[weightStart + c] * normWeight[c]) * x; // a dot product with each column
    }
  }
  let scales = inverseSqrt(squares / f32(WIDTH) + EPSILON);
  for (var r = 0u; r < numRows; r++) {
    output[(row + r) * OUTPUT_STRIDE + column] = sums[r] * scales[r];
  }
}
