// The comparison of what was recorded with what our code does. The first difference ends the replay.

import { NO_CHAIN } from "../../paging/block-content.ts";

/** Where and how our code and the recording part. */
export interface Divergence {
  /** Id of the trace, case or scenario. */
  readonly trace: string;
  /** Number of the step, op or block in its trace, from 0. */
  readonly step: number;
  /** Field of the recording, such as `st.free`. */
  readonly field: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** Thrown by `Comparison`, caught by `replay`. */
export class DivergenceFound extends Error {
  override readonly name = "DivergenceFound";
  readonly divergence: Divergence;

  constructor(divergence: Divergence) {
    super(`${divergence.trace}, step ${divergence.step}, ${divergence.field}`);
    this.divergence = divergence;
  }
}

/** Compares one trace, and remembers where in it we are. */
export class Comparison {
  readonly trace: string;
  step = 0;
  /** Fields of the recording that nothing here reads; said aloud so that silence means agreement. */
  readonly unread = new Set<string>();
  /** Sentences about figures that the recording itself does not determine. */
  readonly remarks: string[] = [];

  constructor(trace: string) {
    this.trace = trace;
  }

  /** @throws DivergenceFound unless the two are equal as JSON; the order of an object's keys does not count. */
  same(field: string, expected: unknown, got: unknown): void {
    if (!isEqual(expected, got)) this.differs(field, expected, got);
  }

  /** @throws DivergenceFound unless two numbers agree to within `tolerance`. */
  near(
    field: string,
    { expected, got }: { readonly expected: number; readonly got: number },
    tolerance: number,
  ): void {
    if (!(Math.abs(expected - got) <= tolerance)) this.differs(field, expected, got);
  }

  /** @throws DivergenceFound always. */
  differs(field: string, expected: unknown, got: unknown): never {
    throw new DivergenceFound({ trace: this.trace, step: this.step, field, expected, got });
  }

  /** Remembers the keys of a record that are not among those we read. */
  noteUnread(place: string, keys: readonly string[], known: ReadonlySet<string>): void {
    for (const key of keys) if (!known.has(key)) this.unread.add(`${place}${key}`);
  }
}

function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => isEqual(item, right[index]))
    );
  }
  if (!isObject(left) || !isObject(right) || Array.isArray(right)) return false;
  const leftEntries = new Map(Object.entries(left));
  const rightEntries = Object.entries(right);
  return (
    leftEntries.size === rightEntries.length &&
    rightEntries.every(
      ([key, value]) => leftEntries.has(key) && isEqual(leftEntries.get(key), value),
    )
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A record from a map; unlike an assignment, a key such as __proto__ stays a key. */
export function recordOf<Value>(
  entries: Iterable<readonly [string, Value]>,
): Record<string, Value> {
  return Object.fromEntries(entries);
}

/**
 * Recorded hash numbers against our chain ids. The numbers themselves mean nothing; which of them are equal does, so
 * each number must keep one id and each id one number through the whole trace.
 */
export class HashNames {
  readonly #chainOf = new Map<number, number>();
  readonly #numberOf = new Map<number, number>();

  /** The recorded number a chain goes by; one seen for the first time takes `expected` as its number. */
  nameOf(chain: number, expected: number): number {
    if (chain === NO_CHAIN) return -1;
    const known = this.#numberOf.get(chain);
    if (known !== undefined) return known;
    if (expected < 0 || this.#chainOf.has(expected)) return -2;
    this.#numberOf.set(chain, expected);
    this.#chainOf.set(expected, chain);
    return expected;
  }

  /** The recorded number of a chain, if it has one. */
  findName(chain: number): number | undefined {
    return this.#numberOf.get(chain);
  }
}
