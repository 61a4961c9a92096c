// Refusals of bad input, each a sentence that says what was given and what is allowed.

/** @throws RangeError unless `value` is a finite number above 0. */
export function requirePositive(what: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(`${what} must be a number above 0; got ${value}.`);
  }
}

/** @throws RangeError unless `value` is a whole number, at least `least`, that is exact in a double. */
export function requireCount(what: string, value: number, least = 1): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`${what} must be a whole number of at least ${least}; got ${value}.`);
  }
}

/** @throws RangeError unless `value` is a finite number, 0 included. */
export function requireNotNegative(what: string, value: number): void {
  if (!(value >= 0 && Number.isFinite(value))) {
    throw new RangeError(`${what} must be 0 or above; got ${value}.`);
  }
}
