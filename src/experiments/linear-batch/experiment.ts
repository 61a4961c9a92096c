// One linear layer, 1024 → 4096 in f32, against the number of rows that go through it at once: the weights are read
// once for all of them, so the work for each byte grows with the batch.
import type { Engine } from "../../model/engine.ts";
import { seconds } from "../../core/units/units.ts";
import { defineKernelExperiment, type DeviceContext } from "../experiment.ts";
import { fitPoints } from "../figures.ts";
import type { KernelRecord, KernelSeries } from "../kernel-record.ts";
import { checkValues } from "../parameters.ts";
import { doublingPoints } from "../points.ts";
import { timeKernels, type KernelArm } from "../time-kernels.ts";

const CLAIM =
  "A batch of rows takes less time a row than one row alone, because the weights are read once for all.";

const INPUTS = 1024;
const OUTPUTS = 4096;
const FLOAT_BYTES = 4;

/** What each way of computing is given to show how fast it is, before the fastest is measured. */
const TRIAL = seconds(0.002);
/** Of the whole run. */
const TRIAL_SHARE = 0.3;
/** No dispatch is begun that would hold the device for longer, as the batch before lets expect. */
const LONGEST_DISPATCH_SECONDS = 0.05;

const parameters = {
  largestBatch: {
    kind: "choice",
    label: "Largest batch",
    options: [
      { value: "64", label: "64" },
      { value: "128", label: "128" },
      { value: "256", label: "256" },
      { value: "512", label: "512" },
    ],
    default: "512",
  },
} as const;

function armOf(kernel: string, batch: number, largestBatch: number): KernelArm {
  return {
    id: `${kernel}@${batch}`,
    arm: "linear",
    label: batch === 1 ? "1 row" : `${batch} rows`,
    footprintBytes: FLOAT_BYTES * (batch * INPUTS + INPUTS * OUTPUTS + batch * OUTPUTS),
    work: {
      kernel,
      sizes: { inputWidth: INPUTS, outputWidth: OUTPUTS, firstWeightRow: 0 },
      numRows: batch,
      lengths: {
        input: largestBatch * INPUTS,
        weights: INPUTS * OUTPUTS,
        output: largestBatch * OUTPUTS,
      },
    },
  };
}

/** Seconds of a dispatch, by a short trial after one that compiles and warms. */
async function tryKernel(engine: Engine, { work }: KernelArm): Promise<number> {
  const request = { ...work, sampleDuration: TRIAL, repeat: "dispatch" } as const;
  await engine.timeKernel(request);
  const { deviceDuration, wallDuration } = await engine.timeKernel(request);
  const time = deviceDuration ?? wallDuration;
  return time > 0 ? time : Infinity;
}

/** For each batch the fastest kernel; the sweep ends where the fastest would take too long. */
async function chooseArms(
  engine: Engine,
  batches: readonly number[],
  context: DeviceContext,
): Promise<KernelArm[]> {
  const kernels = (await engine.timedKernels()).filter((id) => id.startsWith("linear/"));
  const largestBatch = batches.at(-1) ?? 1;
  const latest = new Map<string, { readonly batch: number; readonly time: number }>();
  const chosen: KernelArm[] = [];
  for (const [index, batch] of batches.entries()) {
    const trials: { readonly arm: KernelArm; readonly time: number }[] = [];
    for (const kernel of kernels) {
      context.signal?.throwIfAborted();
      const last = latest.get(kernel);
      const expected = last === undefined ? 0 : last.time * (batch / last.batch);
      if (expected > LONGEST_DISPATCH_SECONDS) continue;
      const arm = armOf(kernel, batch, largestBatch);
      const time = await tryKernel(engine, arm);
      latest.set(kernel, { batch, time });
      trials.push({ arm, time });
    }
    await context.clock.pause(context.signal);
    context.onProgress?.({
      fraction: (TRIAL_SHARE * (index + 1)) / batches.length,
      stage: `choosing kernels for ${batches.length} batches`,
      series: [],
    });
    const [fastest] = trials.toSorted((one, other) => one.time - other.time);
    if (fastest === undefined) break;
    chosen.push(fastest.arm);
  }
  return chosen;
}

/** The largest batch against a single row. */
function choosePair(series: readonly KernelSeries[]) {
  const [baseline, contender] = [series[0], series.at(-1)];
  if (baseline === undefined || contender === undefined) throw new Error("Nothing was timed.");
  return {
    baseline,
    contender,
    baselineUnits: baseline.plan.numRows,
    contenderUnits: contender.plan.numRows,
    words: {
      baseline: "one row alone",
      contender: `${contender.label} at once`,
      per: "a row",
    },
  };
}

function fit(series: readonly KernelSeries[]) {
  const points = series.flatMap(({ plan, duration }) =>
    duration === undefined ? [] : [{ x: plan.numRows, y: duration.median }],
  );
  return fitPoints({ arm: "linear", label: "linear layer", against: "batch" }, points);
}

async function sweep(
  engine: Engine,
  largestBatch: number,
  context: DeviceContext,
): Promise<KernelRecord> {
  const batches = doublingPoints(1, largestBatch);
  const arms = await chooseArms(engine, batches, context);
  const last = arms.at(-1)?.label ?? "no row";
  return timeKernels(
    engine,
    {
      experiment: "linear-batch",
      claim: CLAIM,
      parameters: { largestBatch: String(largestBatch) },
      arms,
      line: 1,
      choosePair,
      fit,
      notes:
        arms.length === batches.length
          ? []
          : [
              `The sweep ends at ${last}: twice as many would hold this device for more than 50 ms.`,
            ],
    },
    {
      ...context,
      onProgress: (progress) =>
        context.onProgress?.({
          ...progress,
          fraction: TRIAL_SHARE + (1 - TRIAL_SHARE) * progress.fraction,
        }),
    },
  );
}

export default defineKernelExperiment({
  id: "linear-batch",
  title: "A linear layer 1024 → 4096 against its batch",
  claim: CLAIM,
  question: "How much less time does a row take among 512 than alone?",
  parameters,
  arms: { baseline: "one row alone", contender: "many rows at once" },
  async run(engine, values, context) {
    checkValues(parameters, values);
    try {
      return await sweep(engine, Number(values.largestBatch), context);
    } finally {
      await engine.endKernels();
    }
  },
});
