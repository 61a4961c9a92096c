// Runs the draws in slices, so that the page stays alive and a press on Stop is heard.
import type { Policy } from "../../core/scheduling/scheduler.ts";
import type { TaskContext } from "../../figure/task.ts";
import {
  ARMS,
  compare,
  NUM_SEEDS,
  openArm,
  type Arm,
  type ClaimValues,
  type Comparison,
  type Pair,
} from "./scene.ts";

const SLICE_MS = 12;
/** Steps between two looks at the clock: well below a slice. */
const STEPS = 100_000;

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

async function runArm(
  policy: Policy,
  values: ClaimValues,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): Promise<Arm> {
  const { simulation, finish } = openArm(policy, values, seed);
  let isDone = false;
  while (!isDone) {
    const end = performance.now() + SLICE_MS;
    ({ isDone } = simulation.advance(STEPS, () => performance.now() > end));
    await nextTask();
    signal.throwIfAborted();
  }
  return finish();
}

/** Rejects with the signal's reason when it is given. */
export async function runComparison(
  values: ClaimValues,
  { signal, onProgress }: TaskContext,
): Promise<Comparison> {
  const pairs: Pair[] = [];
  for (let seed = 1; seed <= NUM_SEEDS; seed++) {
    onProgress((seed - 1) / NUM_SEEDS, `draw ${seed} of ${NUM_SEEDS}`);
    const waiting = await runArm(ARMS.waiting, values, { seed, signal });
    const joining = await runArm(ARMS.joining, values, { seed, signal });
    pairs.push({ seed, waiting, joining });
  }
  return compare(values, pairs);
}
