// ReLU in place: what is below zero becomes zero.
//
//   output   : f32[R, D]   read and written; rows padded with zeros to a multiple of four
//   dispatch : [ceil(D / 4 / 64), R, 1]
//
// One comparison for eight bytes moved: alone, its time is that of its traffic. linear-relu does it for nothing.

override STRIDE : u32;
override NUM_CHUNKS : u32 = STRIDE / 4u;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read_write> output : array<vec4f>;
@group(0) @binding(1) var<uniform> pass_ : Pass;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  if (id.x >= NUM_CHUNKS || id.y >= pass_.numRows) { return; }
  let index = id.y * NUM_CHUNKS + id.x;
  output[index] = max(output[index], vec4f());
}
