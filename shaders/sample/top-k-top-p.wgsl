// Sampling with temperature, top-k and top-p, without a sort: one workgroup draws one sequence's next token.
//
//   logits     : f32[B, V]  read
//   lengths    : u32[_]     read, from firstRow on; tokens in each sequence so far
//   sampling   : u32[4]     read; temperature (f32 bits), topK (0 is off), topP (f32 bits, 1 is off), seed
//   nextTokens : u32[_]     written, from firstRow on
//   dispatch   : [B, 1, 1]
//
// A search on the logits' bits finds the highest threshold that keeps k tokens, or a share topP of the mass. Ties
// at a threshold all stay. The random number is a hash of (seed, sequence, length): no state, same in any batch.
// Three parts, and so longer than the other shaders: the maximum, the search, the draw.

const NUM_LANES = 256u;
override VOCABULARY : u32;
override STRIDE : u32;
struct Pass { numRows : u32, firstRow : u32 }
struct Scan { lane : u32, start : u32, maximum : f32, temperature : f32 }

@group(0) @binding(0) var<storage, read> logits : array<f32>;
@group(0) @binding(1) var<storage, read> lengths : array<u32>;
@group(0) @binding(2) var<storage, read> sampling : array<u32>;
@group(0) @binding(3) var<storage, read_write> nextTokens : array<u32>;
@group(0) @binding(4) var<uniform> pass_ : Pass;

var<workgroup> partial : array<vec4f, NUM_LANES>;

fn keyOf(logit : f32) -> u32 { // sorts as the logit does; -0 counts as 0
  let bits = bitcast<u32>(select(logit, 0.0, logit == 0.0));
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

fn pcg(counter : u32) -> u32 { // the output step RXS-M-XS of O'Neill 2014, as a hash
  let state = counter * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

fn massOf(scan : Scan, logit : f32) -> f32 { return exp((logit - scan.maximum) / scan.temperature); }

// The mass, or the number of tokens, that each of four thresholds keeps.
fn keptBy(scan : Scan, thresholds : vec4u, isCount : bool) -> vec4f {
  var sums = vec4f(0.0);
  for (var token = scan.lane; token < VOCABULARY; token += NUM_LANES) {
    let logit = logits[scan.start + token];
    let mass = select(massOf(scan, logit), 1.0, isCount);
    sums += select(vec4f(0.0), vec4f(mass), vec4u(keyOf(logit)) >= thresholds);
  }
  partial[scan.lane] = sums;
  for (var width = NUM_LANES / 2u; width > 0u; width /= 2u) {
    workgroupBarrier(); // The sums of the level below are written.
    if (scan.lane < width) { partial[scan.lane] += partial[scan.lane + width]; }
  }
  return workgroupUniformLoad(&partial[0]); // It holds a barrier before the load and one after.
}

// `lowest` keeps enough; nothing above `highest` is asked. Four thresholds at a time leave a fifth of the range.
fn findThreshold(scan : Scan, lowest : u32, highest : u32, needed : f32, isCount : bool) -> u32 {
  var low = lowest;
  var high = highest;
  while (low < high) {
    let steps = ((high - low) / 5u + 1u) * vec4u(1u, 2u, 3u, 4u);
    let thresholds = min(vec4u(low) + steps, vec4u(high));
    let kept = keptBy(scan, thresholds, isCount);
    let numEnough = dot(vec4u(kept >= vec4f(needed)), vec4u(1u));
    if (numEnough < 4u) { high = thresholds[numEnough] - 1u; }
    if (numEnough == 0u) { continue; }
    low = thresholds[numEnough - 1u];
    if (kept[numEnough - 1u] == needed) { break; }
  }
  return low;
}

@compute @workgroup_size(NUM_LANES)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(local_invocation_index) lane : u32) {
  let row = group.x;
  if (row >= pass_.numRows) { return; }
  let start = row * STRIDE;
  var mine = logits[start];
  for (var token = lane; token < VOCABULARY; token += NUM_LANES) {
    mine = max(mine, logits[start + token]);
  }
  partial[lane].x = mine;
  for (var width = NUM_LANES / 2u; width > 0u; width /= 2u) {
    workgroupBarrier(); // The maxima of the level below are written.
    if (lane < width) { partial[lane].x = max(partial[lane].x, partial[lane + width].x); }
  }
  let maximum = workgroupUniformLoad(&partial[0]).x;

  // Temperature 0 keeps the maximum and its ties, and draws 0: the lowest index wins, as in argmax.
  let temperature = bitcast<f32>(sampling[0]);
  let isGreedy = temperature == 0.0;
  let scan = Scan(lane, start, maximum, select(temperature, 1.0, isGreedy));
  let highest = keyOf(maximum);
  var threshold = select(0u, highest, isGreedy);
  let topK = sampling[1];
  if (topK > 0u && topK < VOCABULARY) {
    threshold = findThreshold(scan, threshold, highest, f32(topK), true);
  }
  let topP = bitcast<f32>(sampling[2]);
  if (topP < 1.0) {
    let needed = topP * keptBy(scan, vec4u(threshold), false).x;
    threshold = findThreshold(scan, threshold, highest, needed, false);
  }

  // Each lane sums a stretch of the vocabulary; the one whose stretch holds the drawn mass walks it.
  let stretch = (VOCABULARY + NUM_LANES - 1u) / NUM_LANES;
  let first = min(lane * stretch, VOCABULARY);
  let end = min(first + stretch, VOCABULARY);
  var mass = 0.0;
  for (var token = first; token < end; token++) {
    if (keyOf(logits[start + token]) >= threshold) { mass += massOf(scan, logits[start + token]); }
  }
  partial[lane].x = mass;
  workgroupBarrier(); // The mass of every stretch is written.
  var before = 0.0;
  var total = 0.0;
  for (var other = 0u; other < NUM_LANES; other++) {
    if (other == lane) { before = total; }
    total += partial[other].x;
  }
  let sequence = pass_.firstRow + row;
  let random = f32(pcg(sampling[3] + pcg(sequence + pcg(lengths[sequence]))) >> 8u) / 16777216.0;
  let drawn = select(random, 0.0, isGreedy) * total;
  if (!(before <= drawn && drawn < before + mass)) { return; }
  for (var token = first; token < end && before <= drawn; token++) {
    if (keyOf(logits[start + token]) < threshold) { continue; }
    before += massOf(scan, logits[start + token]);
    nextTokens[sequence] = token; // The last one stays: the first whose cumulative mass exceeds what was drawn.
  }
}
