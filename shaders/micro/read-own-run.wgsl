// Reads every number once, each thread a run of its own from end to end: how bandwidth is lost.
//
//   input    : f32[C]   read; C is padded with zeros to a multiple of four
//   sums     : f32[T]   written
//   dispatch : [ceil(T / 256), 1, 1]
//
// The same loads as read-vec4.wgsl, but neighbouring threads read ceil(C / 4 / T) vectors apart: one load of a
// GPU's lanes touches as many lines of memory as there are lanes.

override NUM_NUMBERS : u32;
override NUM_THREADS : u32;
override NUM_VECTORS : u32 = (NUM_NUMBERS + 3u) / 4u;
override RUN : u32 = (NUM_VECTORS + NUM_THREADS - 1u) / NUM_THREADS;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> input : array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums : array<f32>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let thread = id.x;
  if (thread >= NUM_THREADS) { return; }
  var sum = vec4f();
  for (var i = thread * RUN; i < min((thread + 1u) * RUN, NUM_VECTORS); i++) { sum += input[i]; }
  sums[thread] = sum.x + sum.y + sum.z + sum.w;
}
