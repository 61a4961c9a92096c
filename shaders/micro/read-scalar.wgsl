// Reads every number once, one at a time, and keeps a sum in each thread: a measure of read bandwidth.
//
//   input    : f32[C]   read
//   sums     : f32[T]   written
//   dispatch : [ceil(T / 256), 1, 1]
//
// Neighbouring threads read neighbouring numbers, so a load of a GPU's lanes is one run of memory.

override NUM_NUMBERS : u32;
override NUM_THREADS : u32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> input : array<f32>;
@group(0) @binding(1) var<storage, read_write> sums : array<f32>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let thread = id.x;
  if (thread >= NUM_THREADS) { return; }
  var sum = 0.0;
  for (var i = thread; i < NUM_NUMBERS; i += NUM_THREADS) { sum += input[i]; }
  sums[thread] = sum;
}
