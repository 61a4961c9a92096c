// Contiguous memory as systems before paging kept it: one region a request, cut and joined by the buddy algorithm. Region
// sizes are powers of two, so a free region's neighbour is found by flipping one bit of its address.

export interface Region {
  /** First token slot. */
  readonly start: number;
  /** Token slots; a power of two. */
  readonly size: number;
}

export class BuddyMemory {
  /** Token slots. */
  readonly capacity: number;
  /** Size → starts of the free regions of that size. */
  readonly #free = new Map<number, Set<number>>();
  #numFree: number;
  /** The least size that found no region since one was given back: what waits asks again at every step. */
  #leastRefused = Infinity;

  /** @throws RangeError if the capacity is not a positive whole number. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`Memory needs a whole, positive number of slots, not ${capacity}.`);
    }
    this.capacity = capacity;
    this.#numFree = capacity;
    let start = 0;
    for (let size = powerOfTwoFrom(capacity); size >= 1; size /= 2) {
      this.#free.set(size, new Set());
      if (start + size > capacity) continue;
      this.#freeOf(size).add(start);
      start += size;
    }
  }

  get numFree(): number {
    return this.#numFree;
  }

  /** A region of at least `numSlots`; undefined if no free one is large enough, however much is free in all. */
  allocate(numSlots: number): Region | undefined {
    const size = powerOfTwoFrom(Math.max(1, numSlots));
    if (size >= this.#leastRefused) return undefined;
    const start = this.#take(size);
    if (start === undefined) {
      this.#leastRefused = size;
      return undefined;
    }
    this.#numFree -= size;
    return { start, size };
  }

  /** Gives a region back and joins it with its free neighbours. */
  release({ start, size }: Region): void {
    this.#numFree += size;
    this.#leastRefused = Infinity;
    let joined = { start, size };
    for (;;) {
      const buddy = flipBit(joined.start, joined.size);
      if (!this.#freeOf(joined.size).delete(buddy)) break;
      joined = { start: Math.min(joined.start, buddy), size: joined.size * 2 };
    }
    this.#freeOf(joined.size).add(joined.start);
  }

  /** Free regions by address; for pictures and tests. */
  freeRegions(): Region[] {
    return [...this.#free]
      .flatMap(([size, starts]) => [...starts].map((start) => ({ start, size })))
      .toSorted((a, b) => a.start - b.start);
  }

  /** Takes a region of exactly this size, cutting a larger one in half if there is none. */
  #take(size: number): number | undefined {
    const starts = this.#free.get(size);
    if (!starts) return undefined;
    const [start] = starts;
    if (start !== undefined) {
      starts.delete(start);
      return start;
    }
    const larger = this.#take(size * 2);
    if (larger !== undefined) starts.add(larger + size);
    return larger;
  }

  #freeOf(size: number): Set<number> {
    const known = this.#free.get(size);
    if (known) return known;
    const none = new Set<number>();
    this.#free.set(size, none);
    return none;
  }
}

/** The least power of two that is not smaller. */
export function powerOfTwoFrom(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}

/** The address of the other half of the region that both make up; addresses may exceed 32 bits. */
function flipBit(start: number, size: number): number {
  return Math.floor(start / size) % 2 === 0 ? start + size : start - size;
}
