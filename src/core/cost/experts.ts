// How many experts a pass must read.
import type { Experts } from "../catalog/models/model-shape.ts";

/**
 * Distinct experts of a layer that some token goes through, in expectation: `E·(1 − (1 − k/E)^T)` when every token
 * picks k of E at random. Real routers are not uniform; this is the figure of a balanced one.
 *
 * @param tokens - T: rows of the pass; at least 1.
 * @returns from k (one token) up to E.
 * @throws RangeError if there is less than one token.
 */
export function expectedDistinctExperts(
  { count, active }: Pick<Experts, "count" | "active">,
  tokens: number,
): number {
  if (!(tokens >= 1)) throw new RangeError(`A pass has at least one token; got ${tokens}.`);
  return count * (1 - (1 - active / count) ** tokens);
}
