// Where the requests of a simulation come from: drawn at random, or replayed from a trace. One at a time, in order of
// arrival, so that a long simulation holds only those that are in the system.
import {
  ListedContent,
  NO_CHAIN,
  type BlockContent,
  type FreshChain,
} from "../paging/block-content.ts";
import type { Request } from "../scheduling/scheduler.ts";
import { createRandom, type Random } from "../statistics/random.ts";
import { seconds } from "../units/units.ts";
import { gammaDraw, type Draw, type Spread } from "./gamma.ts";
import type { Trace, TracePrefixes } from "./trace.ts";

/** Gives requests in order of arrival; undefined when there are no more. */
export type RequestSource = () => Request | undefined;

/** A gamma distribution of whole numbers from 1 to `max`: others are drawn again, so the mean is that before cutting. */
export interface LengthSpread extends Spread {
  readonly max: number;
}

export interface SyntheticRequests {
  readonly numRequests: number;
  /** Mean arrivals a second. */
  readonly ratePerS: number;
  /** Of the times between arrivals: 1 is a Poisson process, above 1 comes in bursts, 0 is a clock. */
  readonly arrivalCv: number;
  readonly prompt: LengthSpread;
  readonly output: LengthSpread;
  /** What prompts have in common; absent: nothing. */
  readonly sharedPrefix?: SharedPrefix;
}

/** Prompts that begin alike, as with a system prompt or a template. */
export interface SharedPrefix {
  /** Of each prefix; a shorter prompt is all prefix. */
  readonly tokens: number;
  /** Of the requests that begin with one, 0 … 1. */
  readonly share: number;
  /** Prefixes that there are, each as likely as the others. */
  readonly count: number;
}

const MS_PER_S = 1000;

/** Tokens of a KV block where nobody says; only requests that share prefixes are named by block. */
const DEFAULT_BLOCK_SIZE = 16;

/** The same seed gives the same requests: lengths depend neither on the rate nor on what is shared. */
export function syntheticSource(
  of: SyntheticRequests,
  seed: number,
  blockSize = DEFAULT_BLOCK_SIZE,
): RequestSource {
  const random = createRandom(seed);
  // Apart, so that a change of one leaves the others as they were.
  const streams = [0, 1, 2, 3].map(() => createRandom(Math.floor(random() * 2 ** 32)));
  const [forGaps = random, forPrompts = random, forOutputs = random, forPrefixes = random] =
    streams;
  const content = of.sharedPrefix && prefixedContent(of.sharedPrefix, blockSize, forPrefixes);
  const gap = gammaDraw({ mean: 1 / of.ratePerS, cv: of.arrivalCv }, forGaps);
  const prompt = lengthDraw(of.prompt, forPrompts);
  const output = lengthDraw(of.output, forOutputs);
  let [index, arrival] = [0, 0];
  return () => {
    if (index >= of.numRequests) return undefined;
    arrival += gap();
    index += 1;
    const maxTokens = output();
    const numPromptTokens = prompt();
    return {
      id: String(index),
      numPromptTokens,
      maxTokens,
      numOutputTokens: maxTokens,
      arrival: seconds(arrival),
      ...(content && { content: content(numPromptTokens) }),
    };
  };
}

/** Only whole blocks can be shared. Blocks of prefixes have names from 0 up, all others below {@link NO_CHAIN}. */
function prefixedContent(
  { tokens, share, count }: SharedPrefix,
  blockSize: number,
  random: Random,
): (numPromptTokens: number) => BlockContent {
  const fresh = freshChains();
  const blocksPerPrefix = Math.floor(tokens / blockSize);
  return (numPromptTokens) => {
    const isShared = random() < share;
    const first = Math.floor(random() * count) * blocksPerPrefix;
    const numBlocks = isShared
      ? Math.min(blocksPerPrefix, Math.floor(numPromptTokens / blockSize))
      : 0;
    const chain = Array.from({ length: numBlocks }, (_, block) => first + block);
    return new ListedContent(chain, fresh);
  };
}

/** Names that no other block has. */
function freshChains(): FreshChain {
  let last = NO_CHAIN;
  return () => {
    last -= 1;
    return last;
  };
}

/** After so many draws out of range the nearest allowed length is taken. */
const MAX_DRAWS = 1000;

function lengthDraw({ max, ...spread }: LengthSpread, random: Random): Draw {
  const draw = gammaDraw(spread, random);
  return () => {
    let length = 0;
    for (let count = 0; count < MAX_DRAWS; count++) {
      length = Math.round(draw());
      if (length >= 1 && length <= max) return length;
    }
    return Math.min(max, Math.max(1, length));
  };
}

export interface TraceReplay {
  readonly trace: Trace;
  /** Above the trace's own number it is repeated: later, and sharing no prefix with the time before. */
  readonly numRequests: number;
  /** 2 replays it twice as fast. */
  readonly rateScale: number;
  /** Tokens of a KV block; needed where prompts share prefixes. */
  readonly blockSize: number;
}

/** @throws RangeError if a KV block is no whole part of the trace's blocks. */
export function traceSource({
  trace,
  numRequests,
  rateScale,
  blockSize,
}: TraceReplay): RequestSource {
  const { arrivalsMs, promptTokens, outputTokens, prefixes } = trace;
  const contentOf = prefixes && contentReader(prefixes, { promptTokens, blockSize });
  const numRows = arrivalsMs.length;
  const last = arrivalsMs[numRows - 1] ?? 0;
  // One mean gap lies between the last request of a pass and the first of the next.
  const period = numRows > 1 ? (last * numRows) / (numRows - 1) : MS_PER_S;
  let index = 0;
  return () => {
    if (index >= numRequests) return undefined;
    const row = index % numRows;
    const pass = Math.floor(index / numRows);
    const arrivalMs = pass * period + (arrivalsMs[row] ?? 0);
    const maxTokens = outputTokens[row] ?? 1;
    index += 1;
    return {
      id: String(index),
      numPromptTokens: promptTokens[row] ?? 1,
      maxTokens,
      numOutputTokens: maxTokens,
      arrival: seconds(arrivalMs / MS_PER_S / rateScale),
      ...(contentOf && { content: contentOf(row, pass) }),
    };
  };
}

/** Each id of the trace names several KV blocks; the block that the output begins in is unlike any other. */
function contentReader(
  { blockSize: idTokens, runs }: TracePrefixes,
  { promptTokens, blockSize }: { readonly promptTokens: Int32Array; readonly blockSize: number },
) {
  if (idTokens % blockSize !== 0) {
    throw new RangeError(
      `"blockSize" must divide the ${idTokens} tokens that an id of the trace stands for; got ${blockSize}.`,
    );
  }
  const blocksPerId = idTokens / blockSize;
  const idsPerPass = 1 + runs.reduce((most, run) => Math.max(most, lastId(run)), 0);
  const fresh = freshChains();
  return (row: number, pass: number): BlockContent => {
    const chain: number[] = [];
    const run = runs[row] ?? [];
    for (let pair = 0; pair < run.length; pair += 2) {
      const first = ((run[pair] ?? 0) + pass * idsPerPass) * blocksPerId;
      const numBlocks = (run[pair + 1] ?? 0) * blocksPerId;
      for (let block = 0; block < numBlocks; block++) chain.push(first + block);
    }
    // The last id stands for fewer tokens than the others: its block ends with the prompt.
    chain.length = Math.min(chain.length, Math.floor((promptTokens[row] ?? 0) / blockSize));
    return new ListedContent(chain, fresh);
  };
}

function lastId(run: readonly number[]): number {
  let last = 0;
  for (let pair = 0; pair < run.length; pair += 2) {
    last = Math.max(last, (run[pair] ?? 0) + (run[pair + 1] ?? 0));
  }
  return last;
}

/** What every source may add to its requests. */
export interface RequestExtras {
  /** Some requests go first under priority scheduling; absent: all are alike. */
  readonly urgent?: UrgentRequests;
  /** Samples of each prompt, all as long; absent: 1. */
  readonly samples?: number;
}

export interface UrgentRequests {
  /** Of the requests, 0 … 1, drawn at random. */
  readonly share: number;
  /** Of these; all others have 0, and lower runs first. */
  readonly priority: number;
}

/** Keeps the draw of who is urgent apart from the draws of lengths and arrivals. */
const URGENT_STREAM = 0x5bd1e995;

/** The same requests, some of them urgent, each with several samples. */
export function withExtras(
  source: RequestSource,
  { urgent, samples }: RequestExtras,
  seed: number,
): RequestSource {
  if (urgent === undefined && samples === undefined) return source;
  const random = createRandom((seed ^ URGENT_STREAM) >>> 0);
  return () => {
    const request = source();
    if (request === undefined) return undefined;
    const isUrgent = urgent !== undefined && random() < urgent.share;
    return {
      ...request,
      ...(isUrgent && { priority: urgent.priority }),
      ...(samples !== undefined && { numSamples: samples }),
    };
  };
}

/** Requests given one by one, in order of arrival. */
export function listSource(requests: readonly Request[]): RequestSource {
  let next = 0;
  return () => {
    next += 1;
    return requests[next - 1];
  };
}
