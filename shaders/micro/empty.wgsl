// Does nothing: what is left of its time is what it takes to launch a kernel.
//
//   dispatch : [1, 1, 1]
//
// No trick: it binds only what every kernel here binds, and reads none of it.

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<uniform> pass_ : Pass;

@compute @workgroup_size(64)
fn main() {}
