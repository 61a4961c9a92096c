// Copies numbers, four at a time: as many bytes written as read.
//
//   input    : f32[C]   read; C is padded with zeros to a multiple of four
//   output   : f32[C]   written
//   dispatch : [ceil(T / 256), 1, 1]
//
// What a memory copy reaches is less than what reading alone does: the bus turns round, and a written line may be
// fetched first.

override NUM_NUMBERS : u32;
override NUM_THREADS : u32;
override NUM_VECTORS : u32 = (NUM_NUMBERS + 3u) / 4u;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> input : array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output : array<vec4f>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let thread = id.x;
  if (thread >= NUM_THREADS) { return; }
  for (var i = thread; i < NUM_VECTORS; i += NUM_THREADS) { output[i] = input[i]; }
}
