// How many request-steps a second the schedulers of src/core choose: one request in one step counts once. No model, no
// step times: what a simulation spends apart from its statistics. Counted in the processor's time, which other programs
// on the machine take little from, and beside it in the time that passed.
import { createRandom } from "../src/core/statistics/random.ts";
import { policies } from "../src/core/scheduling/policies.ts";
import {
  ONE_TOKEN_EACH,
  type Policy,
  type Request,
  type ServingConfig,
} from "../src/core/scheduling/scheduler.ts";
import { seconds } from "../src/core/units/units.ts";
import type { Speed } from "./bench-speeds.ts";

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

const MICROSECONDS = 1e6;

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

function measure(policy: Policy, numRequests: number): Omit<Speed, "name" | "numRequests"> {
  const scheduler = policy.createScheduler(CONFIG);
  const requests = createRequests(numRequests);
  let [next, numRequestSteps] = [0, 0];
  const start = performance.now();
  const processorStart = process.cpuUsage();
  while (next < requests.length || scheduler.numWaiting + scheduler.running.length > 0) {
    while (next < requests.length && scheduler.numWaiting < QUEUE) {
      const request = requests[next];
      if (request) scheduler.add(request);
      next += 1;
    }
    const step = scheduler.schedule();
    numRequestSteps += step.scheduled.length;
    scheduler.complete(step, ONE_TOKEN_EACH);
  }
  const { user, system } = process.cpuUsage(processorStart);
  return {
    numRequestSteps,
    processorS: (user + system) / MICROSECONDS,
    passedS: (performance.now() - start) / 1000,
  };
}

/** One policy after the other, each once to warm up: the first run is compiled while it runs. */
export function* schedulerSpeeds(numRequests: number): Iterable<Speed> {
  for (const policy of policies) {
    measure(policy, Math.ceil(numRequests / 10));
    yield { name: policy.id, numRequests, ...measure(policy, numRequests) };
  }
}
