// How many request-steps a second the schedulers of src/core choose: one request in one step counts once. One core, no
// model, no step times: what a simulation spends apart from its statistics.
//   node tools/run.mjs tools/bench-scheduling.ts [REQUESTS]
import { createRandom } from "../src/core/statistics/random.ts";
import { policies } from "../src/core/scheduling/policies.ts";
import {
  ONE_TOKEN_EACH,
  type Policy,
  type Request,
  type ServingConfig,
} from "../src/core/scheduling/scheduler.ts";
import { seconds } from "../src/core/units/units.ts";

const DEFAULT_REQUESTS = 20_000;
const SEED = 7;
/** Requests wait in a queue of this many at most, as they would arrive. */
const QUEUE = 64;

/** An 8B model in 16 bits on 80 GB keeps about 27,000 blocks of 16 tokens; 256 requests at once. */
const CONFIG: ServingConfig = {
  blockSize: 16,
  numBlocks: 27_000,
  maxNumSeqs: 256,
  maxNumBatchedTokens: 8192,
  maxModelLen: 8192,
};

interface Measurement {
  readonly policy: string;
  readonly numRequests: number;
  readonly numSteps: number;
  readonly numRequestSteps: number;
  readonly durationS: number;
}

/** Prompts of 64 … 2,048 tokens and outputs of 16 … 512, uniform. */
function createRequests(count: number): Request[] {
  const random = createRandom(SEED);
  return Array.from({ length: count }, (_, index) => {
    const numOutputTokens = 16 + Math.floor(random() * 497);
    return {
      id: `r${index}`,
      numPromptTokens: 64 + Math.floor(random() * 1985),
      maxTokens: numOutputTokens,
      numOutputTokens,
      arrival: seconds(index),
    };
  });
}

function measure(policy: Policy, numRequests: number): Measurement {
  const scheduler = policy.createScheduler(CONFIG);
  const requests = createRequests(numRequests);
  let [next, numSteps, numRequestSteps] = [0, 0, 0];
  const start = performance.now();
  while (next < requests.length || scheduler.numWaiting + scheduler.running.length > 0) {
    while (next < requests.length && scheduler.numWaiting < QUEUE) {
      const request = requests[next];
      if (request) scheduler.add(request);
      next += 1;
    }
    const step = scheduler.schedule();
    numSteps += 1;
    numRequestSteps += step.scheduled.length;
    scheduler.complete(step, ONE_TOKEN_EACH);
  }
  const durationS = (performance.now() - start) / 1000;
  return { policy: policy.id, numRequests, numSteps, numRequestSteps, durationS };
}

export function main(args: readonly string[]): number {
  const numRequests = Number(args[0] ?? DEFAULT_REQUESTS);
  if (!Number.isInteger(numRequests) || numRequests < 1) {
    console.error("bench-scheduling: say how many requests to run, a whole number from 1.");
    return 2;
  }
  for (const policy of policies) {
    // Once to warm up: the first run is compiled while it runs.
    measure(policy, Math.ceil(numRequests / 10));
    const { numSteps, numRequestSteps, durationS } = measure(policy, numRequests);
    const rate = Math.round(numRequestSteps / durationS).toLocaleString("en");
    console.log(
      `${policy.id}: ${rate} request-steps/s (${numRequestSteps.toLocaleString("en")} in ${numSteps.toLocaleString("en")} steps, ` +
        `${durationS.toFixed(2)} s)`,
    );
  }
  return 0;
}
