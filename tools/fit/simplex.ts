// Nelder and Mead's simplex search: a minimum of a function of a few numbers, without derivatives. Deterministic.

interface Corner {
  readonly at: readonly number[];
  readonly value: number;
}

export interface SimplexOptions {
  /** Size of the first simplex along each axis; later restarts use a smaller one. */
  readonly steps: readonly number[];
  readonly iterations: number;
}

/** Searches from `start`, once for each size in `steps`, each time from the best point so far. */
export function minimise(
  loss: (at: readonly number[]) => number,
  start: readonly number[],
  { steps, iterations }: SimplexOptions,
): { at: readonly number[]; value: number } {
  return steps.reduce<Corner>((best, step) => search(loss, best.at, step, iterations), {
    at: start,
    value: loss(start),
  });
}

function search(
  loss: (at: readonly number[]) => number,
  start: readonly number[],
  step: number,
  iterations: number,
): Corner {
  const corner = (at: readonly number[]): Corner => ({ at, value: loss(at) });
  let corners = [
    corner(start),
    ...start.map((_, axis) =>
      corner(start.map((value, index) => (index === axis ? value + step : value))),
    ),
  ];
  for (let iteration = 0; iteration < iterations; iteration++) {
    corners = corners.toSorted((a, b) => a.value - b.value);
    corners = replaceWorst(corners, corner);
  }
  return corners.reduce((best, other) => (other.value < best.value ? other : best));
}

/** One move: reflect, expand or contract the worst corner, else draw all corners towards the best. */
function replaceWorst(
  sorted: readonly Corner[],
  corner: (at: readonly number[]) => Corner,
): Corner[] {
  const others = sorted.slice(0, -1);
  const [best] = sorted;
  const worst = sorted.at(-1);
  const second = others.at(-1);
  if (!best || !worst || !second) return [...sorted];
  const centre = best.at.map(
    (_, axis) => others.reduce((sum, { at }) => sum + (at[axis] ?? 0), 0) / others.length,
  );
  const along = (factor: number) =>
    corner(centre.map((value, axis) => value + factor * ((worst.at[axis] ?? 0) - value)));
  const reflected = along(-1);
  if (reflected.value < best.value) {
    const expanded = along(-2);
    return [...others, expanded.value < reflected.value ? expanded : reflected];
  }
  if (reflected.value < second.value) return [...others, reflected];
  const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
  if (contracted.value < Math.min(worst.value, reflected.value)) return [...others, contracted];
  return [
    best,
    ...sorted
      .slice(1)
      .map(({ at }) => corner(at.map((value, axis) => (value + (best.at[axis] ?? 0)) / 2))),
  ];
}
