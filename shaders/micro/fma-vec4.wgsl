// Multiplies and adds vectors of four in registers and reads next to nothing: a measure of arithmetic.
//
//   seeds    : f32[T]   read
//   sums     : f32[T]   written
//   dispatch : [ceil(T / 256), 1, 1]
//
// The 32 chains of a thread are four times those of fma-scalar.wgsl: more independent work for a machine that can
// use it, and one turn of the loop pays for four times as much.

override NUM_THREADS : u32;
override NUM_STEPS : u32;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> seeds : array<f32>;
@group(0) @binding(1) var<storage, read_write> sums : array<f32>;
@group(0) @binding(2) var<uniform> pass_ : Pass;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let thread = id.x;
  if (thread >= NUM_THREADS) { return; }
  let seed = vec4f(seeds[thread]);
  let half = vec4f(0.5);
  var a = seed + vec4f(0, 1, 2, 3);
  var b = seed + vec4f(4, 5, 6, 7);
  var c = seed + vec4f(8, 9, 10, 11);
  var d = seed + vec4f(12, 13, 14, 15);
  var e = seed + vec4f(16, 17, 18, 19);
  var f = seed + vec4f(20, 21, 22, 23);
  var g = seed + vec4f(24, 25, 26, 27);
  var h = seed + vec4f(28, 29, 30, 31);
  for (var step = 0u; step < NUM_STEPS; step++) {
    a = fma(a, half, seed);
    b = fma(b, half, seed);
    c = fma(c, half, seed);
    d = fma(d, half, seed);
    e = fma(e, half, seed);
    f = fma(f, half, seed);
    g = fma(g, half, seed);
    h = fma(h, half, seed);
  }
  let all = a + b + c + d + e + f + g + h;
  sums[thread] = all.x + all.y + all.z + all.w;
}
