// A product of two N × N matrices in f32, N doubling: its arithmetic grows with N³ and its bytes with N², so small
// products wait for a launch or for memory, and large ones for the arithmetic.
import { EngineError, type Engine } from "../../model/engine.ts";
import { afterTrials, chooseArms, fullPrecision, noteEnd } from "../choose-kernel.ts";
import { defineKernelExperiment, type DeviceContext } from "../experiment.ts";
import { fitPoints } from "../figures.ts";
import type { KernelRecord, KernelSeries } from "../kernel-record.ts";
import { checkValues } from "../parameters.ts";
import { doublingPoints } from "../points.ts";
import { timeKernels, type KernelArm } from "../time-kernels.ts";

const CLAIM =
  "A multiply-add takes less time in a product of large matrices than in one of small ones, because each number is loaded once and used N times.";

const SMALLEST = 32;
const FLOAT_BYTES = 4;

const parameters = {
  largest: {
    kind: "choice",
    label: "Largest N",
    options: [
      { value: "512", label: "512" },
      { value: "1024", label: "1,024" },
      { value: "2048", label: "2,048" },
      { value: "4096", label: "4,096" },
    ],
    default: "2048",
  },
} as const;

function armOf(kernel: string, size: number): KernelArm {
  return {
    id: `${kernel}@${size}`,
    arm: "matmul",
    label: `N = ${size}`,
    footprintBytes: 3 * size * size * FLOAT_BYTES,
    work: {
      kernel,
      sizes: { inputWidth: size, outputWidth: size, firstWeightRow: 0 },
      numRows: size,
      lengths: { input: size * size, weights: size * size, output: size * size },
    },
  };
}

function choosePair(series: readonly KernelSeries[]) {
  const [baseline, contender] = [series[0], series.at(-1)];
  if (baseline === undefined || contender === undefined) throw new Error("Nothing was timed.");
  return {
    baseline,
    contender,
    baselineUnits: baseline.plan.numRows ** 3,
    contenderUnits: contender.plan.numRows ** 3,
    words: { baseline: baseline.label, contender: contender.label, per: "a multiply-add" },
  };
}

function fit(series: readonly KernelSeries[]) {
  const points = series.flatMap(({ plan, duration }) =>
    duration === undefined ? [] : [{ x: plan.numRows, y: duration.median }],
  );
  return fitPoints({ arm: "matmul", label: "N × N product", against: "size" }, points);
}

async function runSweep(
  engine: Engine,
  { asked, allowed }: { readonly asked: number; readonly allowed: number },
  context: DeviceContext,
): Promise<KernelRecord> {
  const sizes = doublingPoints(SMALLEST, allowed);
  const kernels = fullPrecision(await engine.timedKernels(), "linear/");
  const points = sizes.map((size) => ({
    work: size ** 3,
    ways: kernels.map((kernel) => ({ way: kernel, arm: armOf(kernel, size) })),
  }));
  const arms = await chooseArms(engine, points, context);
  const numAsked = doublingPoints(SMALLEST, asked).length;
  return timeKernels(
    engine,
    {
      experiment: "matmul-size",
      claim: CLAIM,
      parameters: { largest: String(asked) },
      arms,
      line: 1,
      choosePair,
      fit,
      notes:
        allowed < asked
          ? [`N up to ${allowed} was measured, not ${asked}: larger arrays were refused.`]
          : noteEnd(arms.length, numAsked, arms.at(-1)?.label ?? "no size"),
    },
    afterTrials(context),
  );
}

export default defineKernelExperiment({
  id: "matmul-size",
  title: "A product of two N × N matrices against N",
  claim: CLAIM,
  question:
    "How many times less does a multiply-add take in the largest product than in the smallest?",
  parameters,
  arms: { baseline: "the smallest product", contender: "the largest" },
  async run(engine, values, context) {
    checkValues(parameters, values);
    const asked = Number(values.largest);
    try {
      for (let allowed = asked; ; allowed /= 2) {
        try {
          return await runSweep(engine, { asked, allowed }, context);
        } catch (error) {
          const isTooLarge = error instanceof EngineError && error.code === "out-of-memory";
          if (!isTooLarge || allowed <= 8 * SMALLEST) throw error;
        }
      }
    } finally {
      await engine.endKernels();
    }
  },
});
