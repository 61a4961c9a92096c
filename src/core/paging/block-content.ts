// What a full block contains, as a number. A chain id names the tokens of a block and of all blocks before it, so equal
// ids mean equal prefixes: what vLLM computes as a chained hash (block-hash.ts has the bytes), here without collisions.

/** A whole number, equal for equal prefixes. */
export type ChainId = number;

/** The one number that is no chain id: "this block has no content". */
export const NO_CHAIN = -1;

/** Names the full blocks of one request. */
export interface BlockContent {
  /** Leading blocks that other requests may name too; the later ones are the request's alone. Absent: all of them. */
  readonly numShared?: number;
  /** The chain id of a block, which must be full. */
  chainOf(blockIndex: number): ChainId;
}

/** What besides the tokens tells blocks apart: the same tokens under another LoRA or salt are another content. */
export interface ContentKeys {
  /** Name of the LoRA adapter; part of every block. */
  readonly lora?: string | undefined;
  /** Part of the first block, and through the chain of every later one. */
  readonly cacheSalt?: string | undefined;
}

/** Gives equal prefixes equal numbers. It remembers every prefix it has seen. */
export class ChainInterner {
  readonly #ids = new Map<string, ChainId>();

  /** @param parent - the block before; undefined for the first block of a request. */
  intern(parent: ChainId | undefined, tokens: readonly number[], extraKeys: string): ChainId {
    const key = `${parent ?? ""}|${tokens.join(",")}|${extraKeys}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const fresh = this.#ids.size;
    this.#ids.set(key, fresh);
    return fresh;
  }
}

/** Content given by its tokens, which grow as output is appended. */
export class TokenContent implements BlockContent {
  readonly tokens: number[];
  readonly #interner: ChainInterner;
  readonly #blockSize: number;
  readonly #keys: ContentKeys;
  readonly #chain: ChainId[] = [];

  constructor(tokens: readonly number[], { interner, blockSize, keys = {} }: TokenContentOptions) {
    this.tokens = [...tokens];
    this.#interner = interner;
    this.#blockSize = blockSize;
    this.#keys = keys;
  }

  append(tokens: readonly number[]): void {
    for (const token of tokens) this.tokens.push(token);
  }

  chainOf(blockIndex: number): ChainId {
    for (let index = this.#chain.length; index <= blockIndex; index++) {
      const start = index * this.#blockSize;
      const tokens = this.tokens.slice(start, start + this.#blockSize);
      if (tokens.length < this.#blockSize) {
        throw new RangeError(`Block ${index} is not full: it has no content yet.`);
      }
      this.#chain.push(this.#interner.intern(this.#chain.at(-1), tokens, this.#extraKeys(index)));
    }
    const chain = this.#chain[blockIndex];
    if (chain === undefined) throw new RangeError(`There is no block ${blockIndex}.`);
    return chain;
  }

  #extraKeys(blockIndex: number): string {
    const { lora, cacheSalt } = this.#keys;
    return JSON.stringify([lora ?? null, blockIndex === 0 ? (cacheSalt ?? null) : null]);
  }
}

export interface TokenContentOptions {
  /** Shared by all requests of one cache. */
  readonly interner: ChainInterner;
  readonly blockSize: number;
  readonly keys?: ContentKeys;
}

/** Gives numbers that no other block has. */
export type FreshChain = () => ChainId;

/**
 * Content of one request, known only by the chain ids of its first blocks, as in a published trace; every later block is
 * unlike any other. It keeps one number for each block that was named.
 */
export class ListedContent implements BlockContent {
  readonly numShared: number;
  readonly #chain: ChainId[];
  readonly #fresh: FreshChain;

  /** @param fresh - must never return `NO_CHAIN` or a number that is listed for some request. */
  constructor(prefix: readonly ChainId[], fresh: FreshChain) {
    this.numShared = prefix.length;
    this.#chain = [...prefix];
    this.#fresh = fresh;
  }

  chainOf(blockIndex: number): ChainId {
    while (this.#chain.length <= blockIndex) this.#chain.push(this.#fresh());
    const chain = this.#chain[blockIndex];
    if (chain === undefined) throw new RangeError(`There is no block ${blockIndex}.`);
    return chain;
  }
}
