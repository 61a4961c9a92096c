// One linear layer, 1024 → 4096 in f32, against the number of rows that go through it at once: the weights are read
// once for all of them, so the work for each byte grows with the batch.
import type { Engine } from "../../model/engine.ts";
import { afterTrials, chooseArms, fullPrecision, noteEnd } from "../choose-kernel.ts";
import { defineKernelExperiment, type DeviceContext } from "../experiment.ts";
import { fitPoints } from "../figures.ts";
import type { KernelRecord, KernelSeries } from "../kernel-record.ts";
import { checkValues } from "../parameters.ts";
import { doublingPoints } from "../points.ts";
import { timeKernels, type KernelArm } from "../time-kernels.ts";

const CLAIM =
  "A batch of rows takes less time a row than one row alone, because the weights are read once for all.";

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
}

const LAYER: Layer = { inputs: 1024, outputs: 4096 };
/** A sixteenth of it: a software adapter would take too long for more than a row or two of the other. */
const SOFTWARE_LAYER: Layer = { inputs: 256, outputs: 1024 };
const FLOAT_BYTES = 4;

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

interface Sweep {
  readonly layer: Layer;
  readonly largestBatch: number;
}

function armOf(kernel: string, batch: number, { layer, largestBatch }: Sweep): KernelArm {
  const { inputs, outputs } = layer;
  return {
    id: `${kernel}@${batch}`,
    arm: "linear",
    label: batch === 1 ? "1 row" : `${batch} rows`,
    footprintBytes: FLOAT_BYTES * (batch * inputs + inputs * outputs + batch * outputs),
    work: {
      kernel,
      sizes: { inputWidth: inputs, outputWidth: outputs, firstWeightRow: 0 },
      numRows: batch,
      lengths: {
        input: largestBatch * inputs,
        weights: inputs * outputs,
        output: largestBatch * outputs,
      },
    },
  };
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

async function runSweep(
  engine: Engine,
  sweep: Sweep,
  context: DeviceContext,
): Promise<KernelRecord> {
  const batches = doublingPoints(1, sweep.largestBatch);
  const kernels = fullPrecision(await engine.timedKernels(), "linear/");
  const points = batches.map((batch) => ({
    work: batch,
    ways: kernels.map((kernel) => ({ way: kernel, arm: armOf(kernel, batch, sweep) })),
  }));
  const arms = await chooseArms(engine, points, context);
  return timeKernels(
    engine,
    {
      experiment: "linear-batch",
      claim: CLAIM,
      parameters: { largestBatch: String(sweep.largestBatch) },
      arms,
      line: 1,
      choosePair,
      fit,
      notes: [
        ...(sweep.layer === LAYER
          ? []
          : ["On a software adapter the layer is 256 → 1024, a sixteenth of 1024 → 4096."]),
        ...noteEnd(arms.length, batches.length, arms.at(-1)?.label ?? "no row"),
      ],
    },
    afterTrials(context),
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
    const layer = context.device.isSoftware ? SOFTWARE_LAYER : LAYER;
    try {
      return await runSweep(engine, { layer, largestBatch: Number(values.largestBatch) }, context);
    } finally {
      await engine.endKernels();
    }
  },
});
