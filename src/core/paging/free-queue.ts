// The queue of free blocks: a doubly linked list threaded through two arrays, so that a block leaves from the middle
// (a prefix hit) as cheaply as from the head (a new allocation). Nothing is allocated after construction.

/** Block ids in the order in which they will be handed out. */
export class FreeQueue {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** The place before the first and after the last block; one past the greatest block id. */
  readonly #end: number;
  #length = 0;

  /**
   * @param capacity - one more than the greatest block id.
   * @param firstBlock - the queue starts as `firstBlock` … `capacity − 1`.
   */
  constructor(capacity: number, firstBlock: number) {
    this.#end = capacity;
    this.#next = new Int32Array(capacity + 1).fill(-1);
    this.#previous = new Int32Array(capacity + 1).fill(-1);
    this.#next[capacity] = capacity;
    this.#previous[capacity] = capacity;
    for (let block = firstBlock; block < capacity; block++) this.append(block);
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Takes the block at the head.
   *
   * @throws RangeError if the queue is empty.
   */
  takeHead(): number {
    const head = this.#next[this.#end] ?? this.#end;
    if (head === this.#end) throw new RangeError("The free queue is empty.");
    this.remove(head);
    return head;
  }

  /** Puts a block at the tail: it will be handed out last. */
  append(block: number): void {
    const tail = this.#previous[this.#end] ?? this.#end;
    this.#next[tail] = block;
    this.#previous[block] = tail;
    this.#next[block] = this.#end;
    this.#previous[this.#end] = block;
    this.#length += 1;
  }

  /** Unlinks a block that is in the queue, wherever it stands. */
  remove(block: number): void {
    const next = this.#next[block] ?? this.#end;
    const previous = this.#previous[block] ?? this.#end;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#next[block] = -1;
    this.#previous[block] = -1;
    this.#length -= 1;
  }

  /** Head to tail; for pictures and tests. */
  toArray(): number[] {
    const blocks: number[] = [];
    for (
      let block = this.#next[this.#end] ?? this.#end;
      block !== this.#end;
      block = this.#next[block] ?? this.#end
    ) {
      blocks.push(block);
    }
    return blocks;
  }
}
