// How long the calculator's arithmetic takes: one evaluation after the other, each timed by itself, over all models, all
// GPUs and a few loads. What a page adds (drawing) is not in it, nor are the curves over all batches.
import { GPUS } from "../src/core/catalog/gpus/gpus.ts";
import { MODELS } from "../src/core/catalog/models/models.ts";
import {
  defaultDeployment,
  type Deployment,
  type Workload,
} from "../src/core/serving/deployment.ts";
import { evaluate } from "../src/core/serving/evaluate.ts";
import { median, quantile } from "../src/core/statistics/quantiles.ts";

/** What one evaluation takes, of many. */
export interface EvaluationTimes {
  readonly name: string;
  readonly numEvaluations: number;
  /** Of them, those whose deployment fits, so that times are computed. */
  readonly numFitting: number;
  readonly medianS: number;
  /** 99 in 100 take no longer, pauses for other programs and for collecting garbage included. */
  readonly p99S: number;
  /**
   * Each question's own median over the rounds, and of those the 99th percentile and the longest: what the arithmetic takes
   * where nothing interrupts it.
   */
  readonly p99OfMediansS: number;
  readonly longestMedianS: number;
}

const GPU_COUNTS = [1, 8];

const LOADS: readonly Workload[] = [
  { promptTokens: 512, outputTokens: 128, concurrency: 1 },
  { promptTokens: 2048, outputTokens: 256, concurrency: 64 },
  { promptTokens: 32_768, outputTokens: 1024, concurrency: 512 },
];

type Question = readonly [Deployment, Workload];

interface Asked {
  readonly question: Question;
  /** Seconds of each round. */
  readonly times: number[];
}

function* questions(): Iterable<Question> {
  for (const model of MODELS) {
    for (const gpu of GPUS) {
      for (const numGpus of GPU_COUNTS) {
        const deployment = defaultDeployment(model, gpu, { numGpus, maxModelLen: 65_536 });
        for (const load of LOADS) yield [deployment, load];
      }
    }
  }
}

/** @param numRounds - over all questions; one more before them warms up and is not counted. */
export function* evaluationTimes(numRounds: number): Iterable<EvaluationTimes> {
  const asked = Array.from(questions(), (question): Asked => ({ question, times: [] }));
  let numFitting = 0;
  for (let round = 0; round <= numRounds; round += 1) {
    for (const { question, times } of asked) {
      const start = performance.now();
      const { verdict } = evaluate(...question);
      const passedMs = performance.now() - start;
      if (round === 0) continue;
      times.push(passedMs / 1000);
      if (verdict.fits) numFitting += 1;
    }
  }
  const all = asked.flatMap(({ times }) => times);
  const medians = asked.map(({ times }) => median(times));
  yield {
    name: `${MODELS.length} models × ${GPUS.length} GPUs × ${GPU_COUNTS.join(" and ")} of them × ${LOADS.length} loads`,
    numEvaluations: all.length,
    numFitting,
    medianS: median(all),
    p99S: quantile(all, 0.99),
    p99OfMediansS: quantile(medians, 0.99),
    longestMedianS: quantile(medians, 1),
  };
}
