// RMSNorm, the gate and up projections and SwiGLU in one dispatch; 8 rows by 4 features in each thread.
//
//   hidden     : f32[R, D]    read
//   normWeight : f32[D]       read, padded with zeros to a multiple of four
//   weights    : f32[2F, D]   read: F gate rows, then F up rows
//   activated  : f32[R, F]    written
//   dispatch   : [ceil(F / 4 / 16), ceil(R / 8 / 4), 1]
//
// Twice the side of quad.wgsl: 16 loads of rows and weights feed 64 dot products. As there, no shared memory, and
// the norm's scale multiplies a row's sums at the end.

override WIDTH : u32;
override WIDTH_STRIDE : u32;
override HIDDEN_WIDTH : u32;
override HIDDEN_STRIDE : u32;
override EPSILON : f32;
override NUM_CHUNKS : u32 = WIDTH_STRIDE / 4u;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> hidden : array<vec4f>;
@group(0) @binding(1) var<storage, read> normWeight : array<vec4f>;
@group(0) @binding(2) var<storage, read> weights : array<vec4f>;
@group(0) @binding(3) var<storage, read_write> activated : array<f32>;
@group(0) @binding(4) var<uniform> pass_ : Pass;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let feature = id.x * 4u;
  let row = id.y * 8u;
  if (feature >= HIDDEN_WIDTH || row >= pass_.numRows) { return; }

  // Rows and features past the last read the last one again; their sums are not written.
  let next = vec4u(0, 1, 2, 3);
  let lastRow = vec4u(pass_.numRows - 1u);
  let xLow = min(row + next, lastRow) * NUM_CHUNKS;
  let xHigh = min(row + 4u + next, lastRow) * NUM_CHUNKS;
  let features = min(feature + next, vec4u(HIDDEN_WIDTH - 1u));
  let g = features * NUM_CHUNKS;
  let u = (features + HIDDEN_WIDTH) * NUM_CHUNKS;
  var squaresLow = vec4f(); // of rows 0 to 3
  var squaresHigh = vec4f();
  var gatesLow = mat4x4f(); // of rows 0 to 3: a column for each row
  var gatesHigh = mat4x4f();
  var upsLow = mat4x4f();
  var upsHigh = mat4x4f();
  for (var i = 0u; i < NUM_CHUNKS; i++) {
    let xs = mat4x4f(hidden[xLow.x + i], hidden[xLow.y + i], hidden[xLow.z + i], hidden[xLow.w + i]);
    let ys = mat4x4f(
      hidden[xHigh.x + i], hidden[xHigh.y + i], hidden[xHigh.z + i], hidden[xHigh.w + i]);
    squaresLow += vec4f(dot(xs[0], xs[0]), dot(xs[1], xs[1]), dot(xs[2], xs[2]), dot(xs[3], xs[3]));
    squaresHigh += vec4f(dot(ys[0], ys[0]), dot(ys[1], ys[1]), dot(ys[2], ys[2]), dot(ys[3], ys[3]));
    let norm = normWeight[i];
    let gs = transpose(mat4x4f(
      weights[g.x + i] * norm, weights[g.y + i] * norm,
      weights[g.z + i] * norm, weights[g.w + i] * norm));
    gatesLow += gs * xs; // the dot product of each row's vector with each gate's
    gatesHigh += gs * ys;
    let us = transpose(mat4x4f(
      weights[u.x + i] * norm, weights[u.y + i] * norm,
      weights[u.z + i] * norm, weights[u.w + i] * norm));
    upsLow += us * xs;
    upsHigh += us * ys;
  }
  let scalesLow = inverseSqrt(squaresLow / f32(WIDTH) + EPSILON);
  let scalesHigh = inverseSqrt(squaresHigh / f32(WIDTH) + EPSILON);
  for (var r = 0u; r < 4u; r++) {
    writeRow(row + r, feature, gatesLow[r] * scalesLow[r], upsLow[r] * scalesLow[r]);
    writeRow(row + 4u + r, feature, gatesHigh[r] * scalesHigh[r], upsHigh[r] * scalesHigh[r]);
  }
}

fn writeRow(row : u32, feature : u32, gates : vec4f, ups : vec4f) {
  if (row >= pass_.numRows) { return; }
  let result = gates / (1.0 + exp(-gates)) * ups;
  for (var f = 0u; f < 4u && feature + f < HIDDEN_WIDTH; f++) {
    activated[row * HIDDEN_STRIDE + feature + f] = result[f];
  }
}
