// Ends a decode step on the GPU: appends each sequence's new token and points the next step's rows at it.
//
//   nextTokens : u32[B]            read
//   stopTokens : u32[1 + count]    read; the count, then the ids that end a sequence
//   tokens     : u32[B, capacity]  read and written
//   decodeRows : u32[B, 2]         read and written; (sequence, position) of the next step's row
//   lengths    : u32[B]            read and written; tokens in each sequence
//   finished   : u32[B]            read and written; 1 once a sequence has ended
//   lastRows   : u32[B]            read and written; row whose logits the next step wants
//   dispatch   : [ceil(B / 64), 1, 1]
//
// Since the token never visits the CPU, many steps go out in one submission. A finished sequence stands still.

override CAPACITY : u32;
override NUM_SEQUENCES : u32;
override IS_RECOMPUTE : u32; // 1: no KV cache: the next pass computes every position again, position by position.

struct Pass { numRows : u32, firstRow : u32 }

@group(0) @binding(0) var<storage, read> nextTokens : array<u32>;
@group(0) @binding(1) var<storage, read> stopTokens : array<u32>;
@group(0) @binding(2) var<storage, read_write> tokens : array<u32>;
@group(0) @binding(3) var<storage, read_write> decodeRows : array<vec2u>;
@group(0) @binding(4) var<storage, read_write> lengths : array<u32>;
@group(0) @binding(5) var<storage, read_write> finished : array<u32>;
@group(0) @binding(6) var<storage, read_write> lastRows : array<u32>;
@group(0) @binding(7) var<uniform> pass_ : Pass;

fn isStop(token : u32) -> bool {
  for (var stop = 1u; stop <= stopTokens[0]; stop++) {
    if (stopTokens[stop] == token) { return true; }
  }
  return false;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) {
  let sequence = id.x;
  if (sequence >= NUM_SEQUENCES) { return; }
  if (IS_RECOMPUTE == 0u) { lastRows[sequence] = sequence; }
  let position = lengths[sequence];
  if (finished[sequence] != 0u || position >= CAPACITY) { return; }

  let token = nextTokens[sequence];
  tokens[sequence * CAPACITY + position] = token;
  lengths[sequence] = position + 1u;
  decodeRows[sequence] = vec2u(sequence, position);
  if (IS_RECOMPUTE == 1u) { lastRows[sequence] = position * NUM_SEQUENCES + sequence; }
  if (isStop(token) || position + 1u == CAPACITY) { finished[sequence] = 1u; }
}
