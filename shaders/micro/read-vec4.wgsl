// Reads every number once, four at a time, and keeps a sum in each thread: a measure of read bandwidth.
//
//   input    : f32[C]   read; C is padded with zeros to a multiple of four
//   sums     : f32[T]   written
//   dispatch : [ceil(T / 256), 1, 1]
//
// A quarter of read-scalar.wgsl's instructions for the same bytes, and four times as many bytes under way at once.

override NUM_NUMBERS : u32;
override NUM_THREADS : u32;
override NUM_VECTORS : u32 = (NUM_NUMBERS + 3u) / 4u;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> input : array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums : array<f32>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let thread = id.x;
  if (thread >= NUM_THREADS) { return; }
  var sum = vec4f();
  for (var i = thread; i < NUM_VECTORS; i += NUM_THREADS) { sum += input[i]; }
  sums[thread] = sum.x + sum.y + sum.z + sum.w;
}
