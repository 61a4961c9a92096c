// How much of a request is cached already: the longest run of its leading full blocks that the prefix cache holds.
import type { BlockContent } from "./block-content.ts";
import { NULL_BLOCK } from "./block-pool.ts";
import type { PrefixCache } from "./prefix-cache.ts";

export interface LookupRules {
  /** Tokens a block. */
  readonly blockSize: number;
  /** EAGLE drafts from the last hidden state, so the last hit block is computed again. */
  readonly usesEagle: boolean;
  /** Tokens that a query sees; absent for full attention. */
  readonly slidingWindow?: number | undefined;
}

/**
 * The blocks a request may share, null blocks standing for those outside its window.
 *
 * Never the block of the last token: at least one token must be computed to sample from, and a block is computed
 * whole.
 *
 * @param numTokens - prompt and output so far: a preempted request hits on its own old blocks.
 */
export function findCachedBlocks(
  cache: PrefixCache,
  content: BlockContent,
  { numTokens, rules }: { readonly numTokens: number; readonly rules: LookupRules },
): number[] {
  const limit = Math.floor((numTokens - 1) / rules.blockSize);
  const blocks =
    rules.slidingWindow === undefined
      ? leadingRun(cache, content, limit)
      : windowRun(cache, content, { limit, numWanted: windowBlocks(rules, rules.slidingWindow) });
  if (rules.usesEagle) blocks.pop();
  return blocks;
}

function leadingRun(cache: PrefixCache, content: BlockContent, limit: number): number[] {
  const blocks: number[] = [];
  for (let index = 0; index < limit; index++) {
    const block = cache.find(content.chainOf(index));
    if (block === undefined) break;
    blocks.push(block);
  }
  return blocks;
}

/** Cached blocks in a row that let a window attend without computing anything before them. */
function windowBlocks({ blockSize, usesEagle }: LookupRules, slidingWindow: number): number {
  return Math.ceil((slidingWindow - 1) / blockSize) + (usesEagle ? 1 : 0);
}

/** From the right, the first row of `numWanted` cached blocks; failing that, the row at the very start. */
function windowRun(
  cache: PrefixCache,
  content: BlockContent,
  { limit, numWanted }: { readonly limit: number; readonly numWanted: number },
): number[] {
  const blocks: number[] = Array.from({ length: limit }, () => NULL_BLOCK);
  let numInRow = 0;
  for (let index = limit - 1; index >= 0; index--) {
    const block = cache.find(content.chainOf(index));
    if (block === undefined) {
      numInRow = 0;
      continue;
    }
    blocks[index] = block;
    numInRow += 1;
    if (numInRow >= numWanted) {
      blocks.length = index + numInRow;
      return blocks.fill(NULL_BLOCK, 0, index);
    }
  }
  blocks.length = numInRow;
  return blocks;
}
