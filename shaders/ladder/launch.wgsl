// Adds one to a number: as little work as a dispatch can have and still wait for the one before it.
//
//   counter  : u32[1]   read and written
//   dispatch : [1, 1, 1]
//
// Each dispatch of a pass reads what the last one wrote, as the kernels of a model do, so they cannot overlap.

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read_write> counter : array<u32>;
@group(0) @binding(1) var<uniform> pass_ : Pass;

@compute @workgroup_size(1)
fn main() {
  counter[0] += pass_.numRows;
}
