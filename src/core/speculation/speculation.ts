// What speculative decoding gains when each drafted token is accepted with the same probability. It is a model: real
// acceptance varies from token to token, and real speed-ups lie on both sides of it.

export interface Draft {
  /** α: probability that the target accepts a drafted token, from 0 up to 1. */
  readonly acceptance: number;
  /** γ: tokens drafted before each check. */
  readonly numDrafted: number;
}

function assertDraft({ acceptance, numDrafted }: Draft): void {
  if (!(acceptance >= 0 && acceptance <= 1)) {
    throw new RangeError(`Acceptance must be a probability from 0 to 1; got ${acceptance}.`);
  }
  if (!(Number.isInteger(numDrafted) && numDrafted >= 0 && numDrafted <= 1e6)) {
    throw new RangeError(
      `The number of drafted tokens must be a whole number from 0 to one million; got ${numDrafted}.`,
    );
  }
}

/**
 * Tokens gained in expectation by one run of the target: `(1 − α^(γ+1))/(1 − α)`; `γ + 1` if all are accepted.
 *
 * @throws RangeError if the acceptance is no probability or the number of drafted tokens no whole number.
 * @see Leviathan et al. 2023, "Fast Inference from Transformers via Speculative Decoding", equation 1
 */
export function expectedTokens(draft: Draft): number {
  assertDraft(draft);
  const { acceptance, numDrafted } = draft;
  if (acceptance === 1) return numDrafted + 1;
  return (1 - acceptance ** (numDrafted + 1)) / (1 - acceptance);
}

/**
 * How many times sooner the same tokens come, `expected tokens/(γ·c + 1)`, if the target checks γ + 1 tokens in the
 * time of one.
 *
 * @param costRatio - c: time of one run of the draft model over that of one run of the target.
 * @throws RangeError if the ratio is below 0 or not finite, and as {@link expectedTokens}.
 * @see Leviathan et al. 2023, theorem 3.8
 */
export function expectedSpeedup(draft: Draft, costRatio: number): number {
  assertRatio(costRatio);
  return expectedTokens(draft) / (draft.numDrafted * costRatio + 1);
}

/**
 * How many times the arithmetic of plain decoding is done, `(γ·ĉ + γ + 1)/expected tokens`: what is rejected is
 * computed in vain.
 *
 * @param flopsRatio - ĉ: FLOPs a token of the draft model over those of the target.
 * @throws RangeError as {@link expectedSpeedup}.
 * @see Leviathan et al. 2023, theorem 3.11
 */
export function expectedOperations(draft: Draft, flopsRatio: number): number {
  assertRatio(flopsRatio);
  const { numDrafted } = draft;
  return (numDrafted * flopsRatio + numDrafted + 1) / expectedTokens(draft);
}

function assertRatio(ratio: number): void {
  if (ratio >= 0 && Number.isFinite(ratio)) return;
  throw new RangeError(`The cost of a draft over the target's must be 0 or above; got ${ratio}.`);
}
