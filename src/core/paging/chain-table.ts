// Chain id → block, as a table with open addressing: a full cache forgets one content for each that it learns, millions
// of times in a simulation, and a Map spends most of that time on its own upkeep.
import { NO_CHAIN, type ChainId } from "./block-content.ts";

const FIRST_CAPACITY = 1024;

export class ChainTable {
  /** A power of two of slots, at most half of them taken; a free one holds `NO_CHAIN`. */
  #chains = new Float64Array(FIRST_CAPACITY).fill(NO_CHAIN);
  #blocks = new Int32Array(FIRST_CAPACITY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(chain: ChainId): number | undefined {
    const slot = this.#slotOf(chain);
    return this.#chains[slot] === chain ? this.#blocks[slot] : undefined;
  }

  set(chain: ChainId, block: number): void {
    const slot = this.#slotOf(chain);
    this.#blocks[slot] = block;
    if (this.#chains[slot] === chain) return;
    this.#chains[slot] = chain;
    this.#size += 1;
    if (2 * this.#size > this.#chains.length) this.#grow();
  }

  /** Does nothing if the chain is not there. */
  delete(chain: ChainId): void {
    let hole = this.#slotOf(chain);
    const chains = this.#chains;
    if (chains[hole] !== chain) return;
    const mask = chains.length - 1;
    // Those behind it that would be looked for at the hole or before move up.
    for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
      const moving = chains[slot] ?? NO_CHAIN;
      if (moving === NO_CHAIN) break;
      if (((slot - homeOf(moving, mask)) & mask) < ((slot - hole) & mask)) continue;
      chains[hole] = moving;
      this.#blocks[hole] = this.#blocks[slot] ?? 0;
      hole = slot;
    }
    chains[hole] = NO_CHAIN;
    this.#size -= 1;
  }

  clear(): void {
    this.#chains.fill(NO_CHAIN);
    this.#size = 0;
  }

  /** In no order. */
  chains(): ChainId[] {
    return [...this.#chains].filter((chain) => chain !== NO_CHAIN);
  }

  /** Where a chain is, or where it would be put. */
  #slotOf(chain: ChainId): number {
    const chains = this.#chains;
    const mask = chains.length - 1;
    let slot = homeOf(chain, mask);
    while (chains[slot] !== chain && chains[slot] !== NO_CHAIN) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [chains, blocks] = [this.#chains, this.#blocks];
    this.#chains = new Float64Array(2 * chains.length).fill(NO_CHAIN);
    this.#blocks = new Int32Array(2 * chains.length);
    for (let slot = 0; slot < chains.length; slot++) {
      const chain = chains[slot] ?? NO_CHAIN;
      if (chain === NO_CHAIN) continue;
      const place = this.#slotOf(chain);
      this.#chains[place] = chain;
      this.#blocks[place] = blocks[slot] ?? 0;
    }
  }
}

/** Neighbouring ids come from one request and leave together: they are spread out. */
function homeOf(chain: ChainId, mask: number): number {
  const mixed = Math.imul(chain, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) & mask;
}
