// The residual stream takes in what a sublayer computed: hidden += update.
//
//   update   : f32[R, D]   read
//   hidden   : f32[R, D]   read and written
//   dispatch : [ceil(D / 64), R, 1]
//
// Two reads and one write for one addition: 1/12 FLOP a byte, far left of every ridge point in the catalogue.

override WIDTH : u32;
override STRIDE : u32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> update : array<f32>;
@group(0) @binding(1) var<storage, read_write> hidden : array<f32>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let column = id.x;
  let row = id.y;
  if (column >= WIDTH || row >= pass_.numRows) { return; }
  hidden[row * STRIDE + column] += update[row * STRIDE + column];
}
