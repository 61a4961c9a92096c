// Requests, one after another, through the real pool of src/core/paging: what is found of each prompt. No clock: a
// request leaves when a few more have come, or earlier if its blocks are needed. Pure.
import { numBlocksFor, PagedCache, type BlockOwner } from "../../core/paging/paged-cache.ts";
import { BLOCK_SIZE, type CacheRequest } from "./workloads.ts";

/** Requests that are answered at the same time. */
export const NUM_IN_FLIGHT = 4;
/** The window of the hit rate that vLLM logs, in requests. */
const WINDOW = 1000;

/** Prompt tokens of the window's requests: looked up, and found. */
export interface HitCount {
  readonly numQueried: number;
  readonly numHit: number;
}

export function hitRate({ numQueried, numHit }: HitCount): number {
  return numQueried === 0 ? 0 : numHit / numQueried;
}

/** A limit that no request of these workloads comes near. */
const MAX_MODEL_LEN = 1 << 20;

/**
 * @param numBlocks - that can be handed out.
 * @throws RangeError if one request alone needs more.
 */
export function replay(requests: readonly CacheRequest[], numBlocks: number): HitCount {
  const cache = new PagedCache({
    blockSize: BLOCK_SIZE,
    numBlocks: numBlocks + 1,
    isCaching: true,
    usesEagle: false,
    maxModelLen: MAX_MODEL_LEN,
  });
  const inFlight: BlockOwner[] = [];
  const lookups: HitCount[] = [];
  for (const request of requests) {
    if (inFlight.length >= NUM_IN_FLIGHT) endOldest(cache, inFlight);
    lookups.push(serve(cache, inFlight, request));
  }
  return lookups.slice(-WINDOW).reduce((sum, one) => ({
    numQueried: sum.numQueried + one.numQueried,
    numHit: sum.numHit + one.numHit,
  }));
}

function endOldest(cache: PagedCache, inFlight: BlockOwner[]): void {
  const oldest = inFlight.shift();
  if (oldest === undefined) throw new RangeError("A request needs more blocks than there are.");
  cache.free(oldest);
}

/** Admits a request, ending others until it fits, and stores its whole answer but the last token. */
function serve(cache: PagedCache, inFlight: BlockOwner[], request: CacheRequest): HitCount {
  const { numPromptTokens, numOutputTokens } = request;
  const owner: BlockOwner = {
    content: request.createContent(),
    numTokens: numPromptTokens,
    numComputedTokens: 0,
    blockTable: [],
    numRegisteredBlocks: 0,
  };
  const numStored = numPromptTokens + numOutputTokens - 1;
  const numNeeded = numBlocksFor(numStored, BLOCK_SIZE);
  if (numNeeded > cache.config.numBlocks - 1) {
    throw new RangeError(`A request needs ${numNeeded} blocks.`);
  }
  let numHit = 0;
  for (;;) {
    const hits = cache.findHits(owner);
    numHit = hits.length * BLOCK_SIZE;
    const options = { numLookaheadTokens: numOutputTokens - 1, mustFit: true };
    if (cache.admit(owner, { hits, numNew: numPromptTokens - numHit }, options)) break;
    endOldest(cache, inFlight);
  }
  owner.numComputedTokens = numPromptTokens;
  owner.numTokens = numStored;
  cache.extend(owner, numOutputTokens - 1, 0);
  owner.numComputedTokens = numStored;
  inFlight.push(owner);
  return { numQueried: numPromptTokens, numHit };
}
