// Linear layer in half precision, one workgroup for a tile of 128 rows by 128 outputs, 8 × 8 in each thread.
//
//   input    : f32[R, I]   read
//   weights  : f32[≥ FIRST_WEIGHT_ROW + O, I]   read
//   output   : f32[R, O]   written
//   dispatch : [ceil(O / 128), ceil(R / 128), 1]
//
// octet-shared.wgsl with the optional feature `shader-f16`: shared memory holds twice as much, and a GPU may make
// two f16 products in the time of one. Eleven bits are too few for long sums, so each tile's sum goes into an f32.
enable f16;

const TILE = 128u;
const CHUNKS = 4u; // vectors of four along I in a tile

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

var<workgroup> inputTile : array<array<vec4h, TILE>, CHUNKS>;
var<workgroup> weightTile : array<array<vec4h, TILE>, CHUNKS>;

fn fourInputs(k : u32, r : u32) -> mat4x4h {
  return mat4x4h(inputTile[k][r], inputTile[k][r + 16u], inputTile[k][r + 32u], inputTile[k][r + 48u]);
}

fn fourWeights(k : u32, o : u32) -> mat4x4h {
  return transpose(mat4x4h(
    weightTile[k][o], weightTile[k][o + 16u], weightTile[k][o + 32u], weightTile[k][o + 48u]));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(local_invocation_index) thread : u32) {
  // As a loader, a thread fetches two vectors of one row and of one output. Past an edge it fetches the last
  // again; the sums made of it are not written.
  let loaded = thread / 2u;
  let inputStart = min(group.y * TILE + loaded, pass_.numRows - 1u) * NUM_CHUNKS;
  let weightRow = min(group.x * TILE + loaded, OUTPUT_WIDTH - 1u);
  let weightStart = (FIRST_WEIGHT_ROW + weightRow) * NUM_CHUNKS;
  // As a multiplier, it owns every 16th output from `o` and every 16th row from `r`.
  let o = thread % 16u;
  let r = thread / 16u;

  var sums : array<mat4x4f, 4>; // low and high rows by low and high outputs: a column for each row
  for (var start = 0u; start < NUM_CHUNKS; start += CHUNKS) {
    for (var chunk = thread % 2u; chunk < CHUNKS; chunk += 2u) {
      let isInside = start + chunk < NUM_CHUNKS;
      let i = min(start + chunk, NUM_CHUNKS - 1u);
      inputTile[chunk][loaded] = select(vec4h(), vec4h(input[inputStart + i]), isInside);
      weightTile[chunk][loaded] = select(vec4h(), vec4h(weights[weightStart + i]), isInside);
    }
    workgroupBarrier(); // both tiles are filled

    var lowLow = mat4x4h();
    var lowHigh = mat4x4h();
    var highLow = mat4x4h();
    var highHigh = mat4x4h();
    for (var k = 0u; k < CHUNKS; k++) {
      let xs = fourInputs(k, r);
      let ys = fourInputs(k, r + 64u);
      let ws = fourWeights(k, o);
      let vs = fourWeights(k, o + 64u);
      lowLow += ws * xs; // the dot product of each row's vector with each output's
      lowHigh += vs * xs;
      highLow += ws * ys;
      highHigh += vs * ys;
    }
    sums[0] += mat4x4f(lowLow);
    sums[1] += mat4x4f(lowHigh);
    sums[2] += mat4x4f(highLow);
    sums[3] += mat4x4f(highHigh);
    workgroupBarrier(); // nobody still reads the tiles that the next turn overwrites
  }

  for (var i = 0u; i < 8u; i++) {
    let row = group.y * TILE + r + 16u * i;
    for (var j = 0u; j < 8u && row < pass_.numRows; j++) {
      let column = group.x * TILE + o + 16u * j;
      if (column >= OUTPUT_WIDTH) { break; }
      output[row * OUTPUT_STRIDE + column] = sums[i / 4u * 2u + j / 4u][i % 4u][j % 4u];
    }
  }
}
