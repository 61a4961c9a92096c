// Reads a working set over and over: what a GPU's memory, or the cache that holds the set, hands out.
//
//   data     : f32[W · 4]   read, W vectors of four, a power of two
//   sums     : f32[R]   written; what each of the R threads read, added up
//   dispatch : [ceil(R / 256), 1, 1]
//
// Neighbouring threads read neighbouring vectors. With each lap of the set the workgroups move on by one, so that a
// set too large for one core's own cache is not served from it because the same core comes back to the same part.

override NUM_VECTORS : u32;
override NUM_TURNS : u32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> data : array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums : array<f32>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let thread = id.x;
  if (thread >= pass_.numRows) { return; }
  var sum = vec4f();
  for (var turn = 0u; turn < NUM_TURNS; turn++) {
    let position = thread + turn * pass_.numRows;
    let lap = position / NUM_VECTORS;
    sum += data[(position + 256u * lap) % NUM_VECTORS];
  }
  sums[thread] = sum.x + sum.y + sum.z + sum.w;
}
