// The roofline time of a whole forward pass: operator by operator, and as if all of it were one operator.
import type { GpuEntry } from "../catalog/gpus/gpus.ts";
import type { Operator } from "../cost/operator.ts";
import { operatorsOf } from "../cost/operators.ts";
import type { Pass } from "../cost/pass.ts";
import { multiplyFormat } from "../cost/precision.ts";
import { seconds, type Seconds } from "../units/units.ts";
import { boundOf, timeOfCost, type Bound, type OperatorTime } from "./roofline.ts";

export interface StepTime {
  readonly rows: readonly { readonly operator: Operator; readonly time: OperatorTime }[];
  /** Operators run one after the other, each at its own bound: what a real step can reach at best. */
  readonly sumOfOperators: Seconds;
  /**
   * All bytes over the bandwidth or all FLOPs over the peak, whichever is longer: memory and arithmetic of different
   * operators overlap fully, which no engine does. Never above the sum.
   */
  readonly oneMax: Seconds;
  /** Of the pass as one operator. */
  readonly bound: Bound;
}

/**
 * Times of the operators of a pass on one GPU, or on one rank of several (without the ranks' exchange).
 *
 * @param options.launchSeconds - least time between two launches; 0 unless said, the pure roofline.
 * @throws RangeError as {@link operatorsOf} for a pass that cannot be.
 */
export function stepTime(
  pass: Pass,
  gpu: GpuEntry,
  { launchSeconds = seconds(0) }: { readonly launchSeconds?: Seconds } = {},
): StepTime {
  const format = multiplyFormat(pass.precision);
  const rows = operatorsOf(pass).map((operator) => ({
    operator,
    time: timeOfCost(operator.cost, gpu, { format, launches: operator.count, launchSeconds }),
  }));
  const sum = (of: (row: (typeof rows)[number]) => number) =>
    rows.reduce((total, row) => total + of(row), 0);
  const memory = sum(({ time }) => time.memory);
  const compute = sum(({ time }) => time.compute);
  const overhead = sum(({ operator }) => operator.count) * launchSeconds;
  return {
    rows,
    sumOfOperators: seconds(sum(({ time }) => time.seconds)),
    oneMax: seconds(Math.max(memory, compute, overhead)),
    bound: boundOf(memory, compute, overhead),
  };
}
