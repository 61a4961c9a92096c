// The two orders in which requests wait, and whom each order preempts.

/** What the orders look at. */
export interface Queued {
  readonly request: { readonly id: string; readonly arrival: number; readonly priority?: number };
}

export interface WaitingQueue<Item extends Queued> {
  readonly size: number;
  /** The next to run; undefined if nobody waits. */
  peek(): Item | undefined;
  take(): Item | undefined;
  add(item: Item): void;
  /** Puts back a request that was preempted. */
  putBack(item: Item): void;
  /** Takes out one request; false if it is not here. */
  remove(item: Item): boolean;
  /** In queue order. */
  toArray(): Item[];
}

/** How requests wait and who gives way. */
export interface QueueOrder {
  readonly id: "fcfs" | "priority";
  readonly createQueue: <Item extends Queued>() => WaitingQueue<Item>;
  /** Index in the running list of the request that gives its blocks up; the list is not empty. */
  readonly victimIndex: (running: readonly Queued[]) => number;
}

/** First come, first served. A preempted request goes to the front; the last admitted gives way. */
export const FCFS: QueueOrder = {
  id: "fcfs",
  createQueue: <Item extends Queued>() => new ArrivalQueue<Item>(),
  victimIndex: (running) => running.length - 1,
};

/** Lower priority number first, then earlier arrival. The greatest of both gives way, wherever it runs. */
export const PRIORITY: QueueOrder = {
  id: "priority",
  createQueue: <Item extends Queued>() => new PriorityQueue<Item>(),
  victimIndex: (running) => {
    let victim = 0;
    for (let index = 1; index < running.length; index++) {
      const [candidate, worst] = [running[index], running[victim]];
      if (candidate && worst && compareUrgency(candidate, worst) > 0) victim = index;
    }
    return victim;
  },
};

function compareUrgency({ request: a }: Queued, { request: b }: Queued): number {
  return (a.priority ?? 0) - (b.priority ?? 0) || a.arrival - b.arrival;
}

/** As `compareUrgency`, and by id where that leaves a tie. */
function compareQueued(a: Queued, b: Queued): number {
  const byUrgency = compareUrgency(a, b);
  if (byUrgency !== 0 || a.request.id === b.request.id) return byUrgency;
  return a.request.id < b.request.id ? -1 : 1;
}

/** Taken places at the head are dropped once there are this many and they are the greater part. */
const MIN_COMPACTION = 64;

/** Two lists: those put back, last one first, then those that came, from `#head` on. */
class ArrivalQueue<Item extends Queued> implements WaitingQueue<Item> {
  readonly #putBack: Item[] = [];
  /** Taken places hold nothing: a request that has ended must not be kept. */
  #arrived: (Item | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#putBack.length + this.#arrived.length - this.#head;
  }

  peek(): Item | undefined {
    return this.#putBack.at(-1) ?? this.#arrived[this.#head];
  }

  take(): Item | undefined {
    const first = this.#putBack.pop();
    if (first || this.#head === this.#arrived.length) return first;
    const item = this.#arrived[this.#head];
    this.#arrived[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= MIN_COMPACTION && this.#head * 2 > this.#arrived.length) {
      this.#arrived = this.#arrived.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  add(item: Item): void {
    this.#arrived.push(item);
  }

  putBack(item: Item): void {
    this.#putBack.push(item);
  }

  remove(item: Item): boolean {
    const front = this.#putBack.indexOf(item);
    if (front >= 0) return this.#putBack.splice(front, 1).length > 0;
    const back = this.#arrived.indexOf(item, this.#head);
    return back >= 0 && this.#arrived.splice(back, 1).length > 0;
  }

  toArray(): Item[] {
    const arrived = this.#arrived.slice(this.#head).filter((item) => item !== undefined);
    return [...this.#putBack.toReversed(), ...arrived];
  }
}

/** A binary heap: each item stands before its two children, at twice its place plus one and two. */
class PriorityQueue<Item extends Queued> implements WaitingQueue<Item> {
  readonly #heap: Item[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): Item | undefined {
    return this.#heap[0];
  }

  take(): Item | undefined {
    const first = this.#heap[0];
    if (first) this.#removeAt(0);
    return first;
  }

  add(item: Item): void {
    this.#heap.push(item);
    this.#rise(this.#heap.length - 1);
  }

  putBack(item: Item): void {
    this.add(item);
  }

  remove(item: Item): boolean {
    const place = this.#heap.indexOf(item);
    if (place >= 0) this.#removeAt(place);
    return place >= 0;
  }

  toArray(): Item[] {
    return this.#heap.toSorted(compareQueued);
  }

  #removeAt(place: number): void {
    const last = this.#heap.pop();
    if (!last || place === this.#heap.length) return;
    this.#heap[place] = last;
    this.#rise(place);
    this.#sink(place);
  }

  #rise(from: number): void {
    for (let place = from; place > 0;) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(from: number): void {
    for (let place = from; ;) {
      let first = place;
      if (this.#isBefore(2 * place + 1, first)) first = 2 * place + 1;
      if (this.#isBefore(2 * place + 2, first)) first = 2 * place + 2;
      if (first === place) return;
      this.#swap(place, first);
      place = first;
    }
  }

  #isBefore(place: number, other: number): boolean {
    const [item, against] = [this.#heap[place], this.#heap[other]];
    return item !== undefined && against !== undefined && compareQueued(item, against) < 0;
  }

  #swap(place: number, other: number): void {
    const [item, against] = [this.#heap[place], this.#heap[other]];
    if (!item || !against) return;
    this.#heap[place] = against;
    this.#heap[other] = item;
  }
}
