// RMSNorm of each row: normed = hidden / sqrt(mean(hidden²) + epsilon) · weight. One thread per row.
//
//   hidden   : f32[R, D]   read
//   weight   : f32[D]      read
//   normed   : f32[R, D]   written
//   dispatch : [ceil(R / 64), 1, 1]
//
// No barrier: best where barriers are dear. A few rows leave nearly all of a GPU idle.

override WIDTH : u32;
override STRIDE : u32;
override EPSILON : f32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> hidden : array<f32>;
@group(0) @binding(1) var<storage, read> weight : array<f32>;
@group(0) @binding(2) var<storage, read_write> normed : array<f32>;
@group(0) @binding(3) var<uniform> pass_ : Pass;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  if (id.x >= pass_.numRows) { return; }
  let start = id.x * STRIDE;
  var squares = 0.0;
  for (var column = 0u; column < WIDTH; column++) {
    let x = hidden[start + column];
    squares += x * x;
  }
  let scale = inverseSqrt(squares / f32(WIDTH) + EPSILON);
  for (var column = 0u; column < WIDTH; column++) {
    normed[start + column] = hidden[start + column] * scale * weight[column];
  }
}
