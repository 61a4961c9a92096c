// Multiplies and adds in registers and reads next to nothing: a measure of arithmetic.
//
//   seeds    : f32[T]   read
//   sums     : f32[T]   written
//   dispatch : [ceil(T / 256), 1, 1]
//
// Each thread keeps eight chains going, because a multiply-add takes several clocks and the next of its chain has
// to wait for it. Factors below one keep every chain finite, however long.

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
  let seed = seeds[thread];
  var a = seed;
  var b = seed + 1.0;
  var c = seed + 2.0;
  var d = seed + 3.0;
  var e = seed + 4.0;
  var f = seed + 5.0;
  var g = seed + 6.0;
  var h = seed + 7.0;
  for (var step = 0u; step < NUM_STEPS; step++) {
    a = fma(a, 0.5, seed);
    b = fma(b, 0.5, seed);
    c = fma(c, 0.5, seed);
    d = fma(d, 0.5, seed);
    e = fma(e, 0.5, seed);
    f = fma(f, 0.5, seed);
    g = fma(g, 0.5, seed);
    h = fma(h, 0.5, seed);
  }
  sums[thread] = a + b + c + d + e + f + g + h;
}
