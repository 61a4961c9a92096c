// Linear layer, one workgroup for a tile of 128 rows by 128 outputs, one thread for 8 × 8 of its elements.
//
//   input    : f32[R, I]   read
//   weights  : f32[≥ FIRST_WEIGHT_ROW + O, I]   read
//   output   : f32[R, O]   written
//   dispatch : [ceil(O / 128), ceil(R / 128), 1]
//
// Twice the side of blocked.wgsl: an element read from memory serves 128 threads' rows or outputs, not 64, and
// an element read from shared memory feeds eight multiply-adds, not four.

const TILE = 128u;
const CHUNKS = 2u; // vectors of four along I in a tile

override INPUT_STRIDE : u32;
override OUTPUT_WIDTH : u32;
override OUTPUT_STRIDE : u32;
override FIRST_WEIGHT_ROW : u32;
override NUM_CHUNKS : u32 = INPUT_STRIDE / 4u;

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> input : array<vec4f>;
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output : array<f32>;
@group(0) @binding(3) var<uniform> pass_ : Pass;

var<workgroup> inputTile : array<array<vec4f, TILE>, CHUNKS>;
var<workgroup> weightTile : array<array<vec4f, TILE>, CHUNKS>;

fn fourInputs(k : u32, r : u32) -> mat4x4f {
  return mat4x4f(inputTile[k][r], inputTile[k][r + 16u], inputTile[k][r + 32u], inputTile[k][r + 48u]);
}

fn fourWeights(k : u32, o : u32) -> mat4x4f {
  return transpose(mat4x4f(
    weightTile[k][o], weightTile[k][o + 16u], weightTile[k][o + 32u], weightTile[k][o + 48u]));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(local_invocation_index) thread : u32) {
  // As a loader, a thread fetches one vector of one row and of one output. Past an edge it fetches the last
  // again; the sums made of it are not written.
  let chunk = thread % CHUNKS;
  let loaded = thread / CHUNKS;
  let inputStart = min(group.y * TILE + loaded, pass_.numRows - 1u) * NUM_CHUNKS;
  let weightRow = min(group.x * TILE + loaded, OUTPUT_WIDTH - 1u);
  let weightStart = (FIRST_WEIGHT_ROW + weightRow) * NUM_CHUNKS;
  // As a multiplier, it owns every 16th output from `o` and every 16th row from `r`.
  let o = thread % 16u;
  let r = thread / 16u;

  var lowLow = mat4x4f(); // rows r to r + 48, outputs o to o + 48: a column for each row
  var lowHigh = mat4x4f(); // the same rows, outputs o + 64 to o + 112
  var highLow = mat4x4f();
  var highHigh = mat4x4f();
  for (var start = 0u; start < NUM_CHUNKS; start += CHUNKS) {
    var x = vec4f();
    var w = vec4f();
    if (start + chunk < NUM_CHUNKS) {
      x = input[inputStart + start + chunk];
      w = weights[weightStart + start + chunk];
    }
    inputTile[chunk][loaded] = x;
    weightTile[chunk][loaded] = w;
    workgroupBarrier(); // both tiles are filled

    for (var k = 0u; k < CHUNKS; k++) {
      let xs = fourInputs(k, r);
      let ys = fourInputs(k, r + 64u);
      let ws = fourWeights(k, o);
      lowLow += ws * xs; // the dot product of each row's vector with each output's
      highLow += ws * ys;
      let vs = fourWeights(k, o + 64u);
      lowHigh += vs * xs;
      highHigh += vs * ys;
    }
    workgroupBarrier(); // nobody still reads the tiles that the next turn overwrites
  }

  let row = group.y * TILE + r;
  let column = group.x * TILE + o;
  for (var i = 0u; i < 4u; i++) {
    storeRow(row + 16u * i, column, lowLow[i], lowHigh[i]);
    storeRow(row + 64u + 16u * i, column, highLow[i], highHigh[i]);
  }
}

fn storeRow(row : u32, column : u32, low : vec4f, high : vec4f) {
  if (row >= pass_.numRows) { return; }
  for (var j = 0u; j < 8u && column + 16u * j < OUTPUT_WIDTH; j++) {
    output[row * OUTPUT_STRIDE + column + 16u * j] = select(low[j % 4u], high[j % 4u], j >= 4u);
  }
}
