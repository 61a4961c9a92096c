// Small workloads whose prompts share their beginnings in three ways. Lengths come from a seed, contents are numbers:
// equal numbers are equal blocks with equal blocks before them. Pure.
import { ListedContent, NO_CHAIN } from "../../core/paging/block-content.ts";
import { createRandom, type Random } from "../../core/statistics/random.ts";

/** Tokens a block, vLLM's default. */
export const BLOCK_SIZE = 16;
export const NUM_REQUESTS = 100;
/** After so many turns another conversation begins in its place. */
export const MAX_TURNS = 8;

export interface CacheRequest {
  readonly numPromptTokens: number;
  readonly numOutputTokens: number;
  createContent(): ListedContent;
}

export interface WorkloadShape {
  /** Tokens of the common system prompt. */
  readonly system: number;
  /** Conversations that go on at the same time. */
  readonly conversations: number;
}

export type WorkloadId = "shared" | "chat" | "unrelated";

export interface Workload {
  readonly id: WorkloadId;
  readonly label: string;
  /** Place in the palette. */
  readonly style: number;
  /** The one part of the shape that changes it, if any. */
  readonly dependsOn?: keyof WorkloadShape;
  create(shape: WorkloadShape): readonly CacheRequest[];
}

const SEED = 8;

function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** Counts down, so that it never meets the numbers of a shared text. */
function createFresh(): () => number {
  let last = NO_CHAIN;
  return () => {
    last -= 1;
    return last;
  };
}

/** The first so many blocks of a text, by numbers that the text alone has. */
function chainOf(text: number, numTokens: number): number[] {
  const blocksApart = 1_000_000;
  return Array.from(
    { length: Math.floor(numTokens / BLOCK_SIZE) },
    (_, block) => text * blocksApart + block,
  );
}

/** One system prompt, then a question that nobody asked before. */
function createShared({ system }: WorkloadShape): CacheRequest[] {
  const [random, fresh] = [createRandom(SEED), createFresh()];
  return Array.from({ length: NUM_REQUESTS }, () => ({
    numPromptTokens: system + between(random, 64, 256),
    numOutputTokens: between(random, 64, 256),
    createContent: () => new ListedContent(chainOf(0, system), fresh),
  }));
}

/** A conversation's text is its own from the first block to the last. */
function refuseMore(): number {
  throw new RangeError("A conversation has no block beyond its end.");
}

/** Each prompt is the whole conversation so far and one more message; who speaks next is drawn. */
function createChat({ conversations }: WorkloadShape): CacheRequest[] {
  const random = createRandom(SEED);
  let numTexts = 0;
  const open = () => {
    numTexts += 1;
    return { text: numTexts, numTokens: 0, numTurns: 0 };
  };
  const talks = Array.from({ length: conversations }, open);
  return Array.from({ length: NUM_REQUESTS }, () => {
    const place = between(random, 0, conversations - 1);
    let talk = talks[place];
    if (talk === undefined || talk.numTurns >= MAX_TURNS) {
      talk = open();
      talks[place] = talk;
    }
    const numPromptTokens = talk.numTokens + between(random, 32, 128);
    const numOutputTokens = between(random, 64, 256);
    talk.numTokens = numPromptTokens + numOutputTokens;
    talk.numTurns += 1;
    const chain = chainOf(talk.text, talk.numTokens);
    return {
      numPromptTokens,
      numOutputTokens,
      createContent: () => new ListedContent(chain, refuseMore),
    };
  });
}

/** No prompt begins like another. */
function createUnrelated(): CacheRequest[] {
  const [random, fresh] = [createRandom(SEED), createFresh()];
  return Array.from({ length: NUM_REQUESTS }, () => ({
    numPromptTokens: between(random, 256, 1024),
    numOutputTokens: between(random, 64, 256),
    createContent: () => new ListedContent([], fresh),
  }));
}

export const WORKLOADS: readonly Workload[] = [
  { id: "shared", label: "One system prompt", style: 0, dependsOn: "system", create: createShared },
  {
    id: "chat",
    label: "Multi-turn chat",
    style: 1,
    dependsOn: "conversations",
    create: createChat,
  },
  { id: "unrelated", label: "Unrelated prompts", style: 2, create: createUnrelated },
];
