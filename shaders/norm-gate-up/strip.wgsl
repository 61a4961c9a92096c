// RMSNorm, the gate and up projections and SwiGLU for one row or a few: one thread for four features of up to two rows.
//
//   hidden     : f32[R, D]    read
//   normWeight : f32[D]       read, padded with zeros to a multiple of four
//   weights    : f32[2F, D]   read: F gate rows, then F up rows
//   activated  : f32[R, F]    written
//   dispatch   : [ceil(F / 4 / 64), ceil(R / 2), 1]
//
// thread.wgsl reads, norms and squares the hidden row again for every feature; here a vector of it, once read, meets
// four vectors of gate weights and four of up weights.

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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let feature = id.x * 4u;
  let row = id.y * 2u;
  if (feature >= HIDDEN_WIDTH || row >= pass_.numRows) { return; }

  // Features and rows past the last read the last one again; their results are not written.
  let features = min(feature + vec4u(0, 1, 2, 3), vec4u(HIDDEN_WIDTH - 1u));
  let g = features * NUM_CHUNKS;
  let u = (HIDDEN_WIDTH + features) * NUM_CHUNKS;
  let first = row * NUM_CHUNKS;
  let hasSecond = row + 1u < pass_.numRows;
  var squares = vec2f();
  var gates = mat2x4f(); // a column for each row
  var ups = mat2x4f();
  if (hasSecond) {
    let second = first + NUM_CHUNKS;
    for (var i = 0u; i < NUM_CHUNKS; i++) {
      let gate = mat4x4f(weights[g.x + i], weights[g.y + i], weights[g.z + i], weights[g.w + i]);
      let up = mat4x4f(weights[u.x + i], weights[u.y + i], weights[u.z + i], weights[u.w + i]);
      let x = hidden[first + i];
      let y = hidden[second + i];
      let weightedX = x * normWeight[i];
      let weightedY = y * normWeight[i];
      squares += vec2f(dot(x, x), dot(y, y));
      gates += mat2x4f(weightedX * gate, weightedY * gate); // a dot product with each column
      ups += mat2x4f(weightedX * up, weightedY * up);
    }
  } else {
    var gate = vec4f();
    var up = vec4f();
    for (var i = 0u; i < NUM_CHUNKS; i++) {
      let x = hidden[first + i];
      let weighted = x * normWeight[i];
      squares.x += dot(x, x);
      gate += vec4f(dot(weighted, weights[g.x + i]), dot(weighted, weights[g.y + i]),
        dot(weighted, weights[g.z + i]), dot(weighted, weights[g.w + i]));
      up += vec4f(dot(weighted, weights[u.x + i]), dot(weighted, weights[u.y + i]),
        dot(weighted, weights[u.z + i]), dot(weighted, weights[u.w + i]));
    }
    gates[0] = gate;
    ups[0] = up;
  }

  let scales = inverseSqrt(squares / f32(WIDTH) + EPSILON);
  for (var r = 0u; r < 2u && row + r < pass_.numRows; r++) {
    let gate = gates[r] * scales[r];
    let result = gate / (1.0 + exp(-gate)) * (ups[r] * scales[r]);
    for (var o = 0u; o < 4u && feature + o < HIDDEN_WIDTH; o++) {
      activated[(row + r) * HIDDEN_STRIDE + feature + o] = result[o];
    }
  }
}
