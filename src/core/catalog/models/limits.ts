// What a model's figures may be, far above any that exists, so that every product of them stays finite.
import type { ModelShape } from "./model-shape.ts";

export const LIMITS = {
  layers: { min: 1, max: 10_000 },
  width: { min: 1, max: 1_000_000 },
  heads: { min: 1, max: 100_000 },
  vocabulary: { min: 1, max: 10_000_000 },
  experts: { min: 1, max: 100_000 },
  context: { min: 1, max: 1_000_000_000 },
  /** Absent, and therefore 0, where positions are rotated in. */
  optionalPositions: { min: 0, max: 1_000_000_000, fallback: 0 },
} as const;

/**
 * Refuses shapes whose parts do not fit together.
 *
 * @throws RangeError naming the parts.
 */
export function assertShape({
  numHeads,
  numKvHeads,
  numLayers,
  headWidth,
  ...shape
}: ModelShape): void {
  const { experts, latent } = shape;
  if (numHeads % numKvHeads !== 0) {
    throw new RangeError(`${numHeads} heads cannot share ${numKvHeads} KV heads evenly.`);
  }
  if (experts !== undefined && experts.active > experts.count) {
    throw new RangeError(
      `A token cannot go through ${experts.active} experts where there are ${experts.count}.`,
    );
  }
  if (experts !== undefined && experts.numDenseLayers > numLayers) {
    throw new RangeError(
      `${experts.numDenseLayers} layers cannot be dense where there are ${numLayers}.`,
    );
  }
  if (latent !== undefined && latent.plainWidth + latent.ropeWidth !== headWidth) {
    throw new RangeError('With "latent", "headWidth" must be plainWidth + ropeWidth.');
  }
  if (latent !== undefined && numKvHeads !== 1) {
    throw new RangeError('With "latent", "numKvHeads" must be 1: all heads share the latent.');
  }
}
