// Linear layer, one workgroup for four outputs of up to four rows, its 64 lanes side by side along I.
//
//   input    : f32[R, I]   read
//   weights  : f32[≥ FIRST_WEIGHT_ROW + O, I]   read
//   output   : f32[R, O]   written
//   dispatch : [ceil(O / 4), ceil(R / 4), 1]
//
// cooperative.wgsl with the optional feature `subgroups`: lanes that run in step add up their sums in registers,
// and shared memory carries one sum for each subgroup, not one for each lane.
enable subgroups;

const LANES = 64u;
const MAX_SUBGROUPS = 16u; // WebGPU's smallest subgroup has four lanes

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

var<workgroup> partialSums : array<mat4x4f, MAX_SUBGROUPS>; // of a subgroup: a column for each row
var<workgroup> numSubgroups : atomic<u32>;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group : vec3u,
  @builtin(local_invocation_index) lane : u32,
  @builtin(subgroup_invocation_id) lanePlace : u32,
) {
  let column = group.x * 4u;
  let row = group.y * 4u;
  if (row >= pass_.numRows) { return; }

  // Outputs and rows past the last one repeat the last one; their sums are not written.
  let next = vec4u(0, 1, 2, 3);
  let columns = min(vec4u(column) + next, vec4u(OUTPUT_WIDTH - 1u));
  let w = (FIRST_WEIGHT_ROW + columns) * NUM_CHUNKS;
  let x = min(vec4u(row) + next, vec4u(pass_.numRows - 1u)) * NUM_CHUNKS;
  var sums = mat4x4f();
  for (var i = lane; i < NUM_CHUNKS; i += LANES) {
    let four = mat4x4f(
      weights[w.x + i], weights[w.y + i], weights[w.z + i], weights[w.w + i]);
    sums[0] += input[x.x + i] * four; // the input's dot product with each column
    if (row + 1u < pass_.numRows) {
      sums[1] += input[x.y + i] * four;
      sums[2] += input[x.z + i] * four;
      sums[3] += input[x.w + i] * four;
    }
  }
  if (lane == 0u) { atomicStore(&numSubgroups, 0u); }
  workgroupBarrier(); // the count starts at zero
  let together = mat4x4f(
    subgroupAdd(sums[0]), subgroupAdd(sums[1]), subgroupAdd(sums[2]), subgroupAdd(sums[3]));
  // Which lanes form a subgroup is the device's affair, so each takes the next free place.
  if (lanePlace == 0u) { partialSums[atomicAdd(&numSubgroups, 1u)] = together; }
  workgroupBarrier(); // every subgroup's sums are stored

  let r = lane / 4u;
  let o = lane % 4u;
  if (lane >= 16u || row + r >= pass_.numRows || column + o >= OUTPUT_WIDTH) { return; }
  var sum = 0.0;
  for (var other = 0u; other < atomicLoad(&numSubgroups); other++) { sum += partialSums[other][r][o]; }
  output[(row + r) * OUTPUT_STRIDE + column + o] = sum;
}
