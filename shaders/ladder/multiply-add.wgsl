// Multiplies and adds in registers: what the arithmetic units do when nothing keeps them waiting.
//
//   seeds    : f32[2]   read: a factor below 1 and an addend
//   results  : f32[R]   written; the sum of a thread's eight chains
//   dispatch : [ceil(R / 256), 1, 1]
//
// A multiply-add must wait for the one before it in its chain; eight chains a thread give the unit others meanwhile.
// The seeds come from memory, so that no compiler can work the result out beforehand.

override NUM_TURNS : u32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> seeds : array<f32>;
@group(0) @binding(1) var<storage, read_write> results : array<f32>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let thread = id.x;
  if (thread >= pass_.numRows) { return; }
  let factor = seeds[0];
  let addend = seeds[1];
  let start = f32(thread % 256u);
  var x = vec4f(start, start + 1.0, start + 2.0, start + 3.0);
  var y = x + 4.0;
  for (var turn = 0u; turn < NUM_TURNS; turn++) {
    x = x * factor + addend;
    y = y * factor + addend;
  }
  let sum = x + y;
  results[thread] = sum.x + sum.y + sum.z + sum.w;
}
