// Kernels apart against the one kernel that does the work of all: a linear layer and its ReLU, or a norm, the gate and
// up products and their gate. Apart, each writes its result to memory and the next reads it back.
import type { Engine, KernelStage } from "../../model/engine.ts";
import {
  afterTrials,
  chooseArms,
  fullPrecision,
  noteEnd,
  type SweepPoint,
} from "../choose-kernel.ts";
import { defineKernelExperiment, type DeviceContext } from "../experiment.ts";
import { fitPoints } from "../figures.ts";
import type { KernelRecord, KernelSeries } from "../kernel-record.ts";
import { checkValues } from "../parameters.ts";
import { doublingPoints } from "../points.ts";
import { timeKernels, type KernelArm } from "../time-kernels.ts";

const CLAIM =
  "One fused kernel takes less time than the kernels it stands for, because their results stay on the chip and fewer kernels are launched.";

const FLOAT_BYTES = 4;

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
}

const LAYERS = {
  hardware: { inputs: 1024, outputs: 4096 },
  /** A sixteenth: a software adapter would take too long for more than a row or two of the other. */
  software: { inputs: 256, outputs: 1024 },
} as const satisfies Record<string, Layer>;

/** Any epsilon takes as long as any other, and sizes are whole numbers. */
const EPSILON = 1;

const parameters = {
  pair: {
    kind: "choice",
    label: "Kernels",
    options: [
      { value: "relu", label: "Linear, ReLU" },
      { value: "gate-up", label: "Norm, gate · up" },
    ],
    default: "relu",
  },
  largestBatch: {
    kind: "choice",
    label: "Most rows",
    options: [
      { value: "64", label: "64" },
      { value: "256", label: "256" },
      { value: "512", label: "512" },
    ],
    default: "256",
  },
} as const;

type Form = "apart" | "fused";

/** What is dispatched for some rows, and the arrays it needs: elements for each name. */
interface Chain {
  readonly first: KernelStage;
  readonly next: readonly KernelStage[];
  readonly lengths: Readonly<Record<string, number>>;
}

interface Pair {
  /** How the kernels apart are named in a sentence. */
  readonly apart: string;
  readonly fused: string;
  /** Ways of computing it with the kernels that the device runs: ids, joined where a way has two to choose. */
  variants(form: Form, kernels: readonly string[]): readonly string[];
  chain(form: Form, variant: string, layer: Layer, maxRows: number): Chain;
}

function linearSizes({ inputs, outputs }: Layer) {
  return { inputWidth: inputs, outputWidth: outputs, firstWeightRow: 0 };
}

const PAIRS: Readonly<Record<string, Pair>> = {
  relu: {
    apart: "Linear and then ReLU",
    fused: "LinearReLU",
    // The same kernel with and without its last line: any other pair would compare two ways of multiplying.
    variants: (form) => (form === "apart" ? ["linear/vec4"] : ["linear-relu/vec4"]),
    chain(form, variant, layer, maxRows) {
      const { inputs, outputs } = layer;
      return {
        first: {
          kernel: variant,
          sizes:
            form === "apart" ? linearSizes(layer) : { inputWidth: inputs, outputWidth: outputs },
        },
        next: form === "apart" ? [{ kernel: "relu/in-place", sizes: { width: outputs } }] : [],
        lengths: { input: maxRows * inputs, weights: inputs * outputs, output: maxRows * outputs },
      };
    },
  },
  "gate-up": {
    apart: "the norm, both products and the gate apart",
    fused: "one kernel",
    variants(form, kernels) {
      if (form === "fused") return fullPrecision(kernels, "norm-gate-up/");
      return fullPrecision(kernels, "rms-norm/").flatMap((norm) =>
        fullPrecision(kernels, "linear/").map((linear) => `${norm} ${linear}`),
      );
    },
    chain(form, variant, layer, maxRows) {
      const { inputs: width, outputs: hiddenWidth } = layer;
      const shared = {
        hidden: maxRows * width,
        normWeight: width,
        weights: 2 * hiddenWidth * width,
        activated: maxRows * hiddenWidth,
      };
      if (form === "fused") {
        const sizes = { width, hiddenWidth, epsilon: EPSILON };
        return { first: { kernel: variant, sizes }, next: [], lengths: shared };
      }
      const [norm = "", linear = ""] = variant.split(" ");
      const project = (output: string, firstWeightRow: number): KernelStage => ({
        kernel: linear,
        sizes: { ...linearSizes(layer), firstWeightRow },
        arrays: { input: "normed", output },
      });
      return {
        first: { kernel: norm, sizes: { width, epsilon: EPSILON } },
        next: [
          project("gate", 0),
          project("up", hiddenWidth),
          { kernel: "swiglu/gate", sizes: { width: hiddenWidth } },
        ],
        lengths: {
          ...shared,
          weight: width,
          normed: maxRows * width,
          gate: maxRows * hiddenWidth,
          up: maxRows * hiddenWidth,
        },
      };
    },
  },
};

function sayRows(rows: number): string {
  return rows === 1 ? "1 row" : `${rows} rows`;
}

interface Sweep {
  readonly pair: Pair;
  readonly layer: Layer;
  readonly maxRows: number;
}

function armOf(
  form: Form,
  variant: string,
  rows: number,
  { pair, layer, maxRows }: Sweep,
): KernelArm {
  const { first, next, lengths } = pair.chain(form, variant, layer, maxRows);
  const elements = Object.values(lengths).reduce((sum, length) => sum + length, 0);
  const weights = lengths["weights"] ?? 0;
  return {
    id: `${form}@${rows}`,
    arm: form,
    label: `${form === "apart" ? pair.apart : pair.fused}, ${sayRows(rows)}`,
    // All but the weights grows with the rows.
    footprintBytes: FLOAT_BYTES * (weights + ((elements - weights) * rows) / maxRows),
    work: {
      kernel: first.kernel,
      sizes: first.sizes,
      ...(next.length === 0 ? {} : { next }),
      numRows: rows,
      lengths,
    },
  };
}

/** For each form the fastest variant at each number of rows, as far as both forms go. */
async function chooseBoth(
  engine: Engine,
  sweep: Sweep,
  rows: readonly number[],
  context: DeviceContext,
): Promise<KernelArm[]> {
  const kernels = await engine.timedKernels();
  const pointsOf = (form: Form): SweepPoint[] =>
    rows.map((numRows) => ({
      work: numRows,
      ways: sweep.pair
        .variants(form, kernels)
        .map((variant) => ({ way: variant, arm: armOf(form, variant, numRows, sweep) })),
    }));
  const apart = await chooseArms(engine, pointsOf("apart"), context);
  const fused = await chooseArms(engine, pointsOf("fused"), context);
  return [...apart.slice(0, fused.length), ...fused.slice(0, apart.length)];
}

/** Both forms at the most rows that were reached. */
function choosePair(series: readonly KernelSeries[], { apart, fused }: Pair) {
  const last = (form: Form) => series.findLast(({ arm }) => arm === form);
  const [baseline, contender] = [last("apart"), last("fused")];
  if (baseline === undefined || contender === undefined) throw new Error("Nothing was timed.");
  const { numRows } = baseline.plan;
  return {
    baseline,
    contender,
    baselineUnits: 1,
    contenderUnits: 1,
    words: {
      baseline: apart,
      contender: fused,
      per: numRows === 1 ? "one row" : `a pass over ${numRows} rows`,
    },
  };
}

function fit(series: readonly KernelSeries[]) {
  return (["apart", "fused"] as const).flatMap((form) =>
    fitPoints(
      { arm: form, label: form, against: "batch" },
      series.flatMap(({ arm, plan, duration }) =>
        arm !== form || duration === undefined ? [] : [{ x: plan.numRows, y: duration.median }],
      ),
    ),
  );
}

async function runSweep(
  engine: Engine,
  asked: { readonly pair: string; readonly largestBatch: string },
  context: DeviceContext,
): Promise<KernelRecord> {
  const pair = PAIRS[asked.pair];
  if (pair === undefined) throw new RangeError(`pair: there is no "${asked.pair}".`);
  const { isSoftware } = context.device;
  const maxRows = Number(asked.largestBatch);
  const sweep = { pair, layer: LAYERS[isSoftware ? "software" : "hardware"], maxRows };
  const rows = doublingPoints(1, maxRows);
  const arms = await chooseBoth(engine, sweep, rows, context);
  return timeKernels(
    engine,
    {
      experiment: "fusion-pairs",
      claim: CLAIM,
      parameters: asked,
      arms,
      line: 1,
      choosePair: (series) => choosePair(series, pair),
      fit,
      notes: [
        ...(isSoftware
          ? ["On a software adapter the layer is 256 → 1024, a sixteenth of 1024 → 4096."]
          : []),
        ...noteEnd(arms.length / 2, rows.length, sayRows(arms.at(-1)?.work.numRows ?? 0)),
      ],
    },
    afterTrials(context),
  );
}

export default defineKernelExperiment({
  id: "fusion-pairs",
  title: "Kernels apart against one fused kernel, by rows",
  claim: CLAIM,
  question: "How many times longer do the kernels take apart?",
  parameters,
  variants: "pair",
  arms: { baseline: "apart", contender: "fused" },
  async run(engine, values, context) {
    checkValues(parameters, values);
    try {
      return await runSweep(engine, values, context);
    } finally {
      await engine.endKernels();
    }
  },
});
