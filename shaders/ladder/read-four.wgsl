// Reads a working set over and over, four vectors at a time.
//
//   data     : f32[W · 4]   read, W vectors of four, a power of two
//   sums     : f32[R]   written; what each of the R threads read, added up
//   dispatch : [ceil(R / 256), 1, 1]
//
// read.wgsl with four reads under way before the first is needed: the wait for one hides behind the others.

override NUM_VECTORS : u32;
override NUM_TURNS : u32; // a multiple of four

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> data : array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums : array<f32>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

fn place(position : u32) -> u32 {
  let lap = position / NUM_VECTORS;
  return (position + 256u * lap) % NUM_VECTORS;
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let thread = id.x;
  let step = pass_.numRows;
  if (thread >= step) { return; }
  var sum = vec4f();
  for (var turn = 0u; turn < NUM_TURNS; turn += 4u) {
    let position = thread + turn * step;
    let a = data[place(position)];
    let b = data[place(position + step)];
    let c = data[place(position + 2u * step)];
    let d = data[place(position + 3u * step)];
    sum += (a + b) + (c + d);
  }
  sums[thread] = sum.x + sum.y + sum.z + sum.w;
}
