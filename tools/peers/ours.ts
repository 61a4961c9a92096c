// This engine as a contestant: its backend, its kernels and its autotune, as a page uses them.
import { LINEAR_VARIANTS } from "../../shaders/linear/kernel.ts";
import type { Backend, Program } from "../../src/gpu/backend.ts";
import { withSizes, type Pass } from "../../src/gpu/kernel.ts";
import { createChooser } from "../../src/model/autotune.ts";
import { hasBarrier } from "../../src/model/barriers.ts";
import { freeModel, uploadModel } from "../../src/model/device-model.ts";
import { Pace } from "../../src/model/pace.ts";
import { RunSession } from "../../src/model/run-session.ts";
import type { Contestant, Runner } from "./contest.ts";
import type { DecodeWork, MatmulWork } from "./work.ts";

/** Timed runs of each variant, after one that compiles it; the fastest counts, as in the engine's autotune. */
const NUM_TUNING_RUNS = 5;

export function createOurs(backend: Backend): Contestant {
  return {
    id: "ours",
    name: "this engine",
    prepare: (work) =>
      work.kind === "matmul" ? prepareMatmul(backend, work) : prepareDecode(backend, work),
  };
}

async function prepareMatmul(backend: Backend, work: MatmulWork): Promise<Runner> {
  const { numRows, inputWidth, outputWidth } = work;
  const arrays = {
    input: backend.allocate("input", "f32", numRows * inputWidth),
    weights: backend.allocate("weights", "f32", outputWidth * inputWidth),
    output: backend.allocate("output", "f32", numRows * outputWidth),
  };
  backend.write(arrays.input, work.input);
  backend.write(arrays.weights, work.weights);
  const pass: Pass = { numRows, firstRow: 0, numContextTokens: 0 };
  const variants = LINEAR_VARIANTS.filter((candidate) => isWorthTiming(candidate, backend));
  const programs = await Promise.all(
    variants.map(async (variant) => {
      const kernel = withSizes(variant, { inputWidth, outputWidth, firstWeightRow: 0 });
      const operation = { kernel, arrays, label: kernel.id };
      return { way: variant.id, program: await backend.prepare([operation]) };
    }),
  );
  const best = await findFastest(backend, programs, pass);
  if (best === undefined) throw new Error("No variant of the linear layer fits this device.");
  return {
    way: best.way,
    run: createRun(backend, best.program, pass),
    read: () => readArray(backend, arrays.output, numRows * outputWidth),
    free: () => Object.values(arrays).forEach((array) => backend.free(array)),
  };
}

/** As the engine's autotune leaves variants out (src/model/autotune.ts). */
function isWorthTiming(
  { source, features = [] }: (typeof LINEAR_VARIANTS)[number],
  backend: Backend,
): boolean {
  if (backend.isSoftware && hasBarrier(source)) return false;
  return features.every((feature) => backend.features.has(feature));
}

interface Tried {
  readonly way: string;
  readonly program: Program;
}

/** In rounds, so that a busy moment of the machine does not decide. */
async function findFastest(
  backend: Backend,
  tried: readonly Tried[],
  pass: Pass,
): Promise<Tried | undefined> {
  let best: Tried | undefined;
  let bestTime = Infinity;
  for (let run = 0; run <= NUM_TUNING_RUNS; run++) {
    for (const one of tried) {
      const passes = [{ label: "autotune", parts: [{ program: one.program, pass }] }];
      const { wallTime } = await backend.run({ passes, readbacks: [] });
      if (run > 0 && wallTime < bestTime) [best, bestTime] = [one, wallTime];
    }
  }
  return best;
}

async function prepareDecode(backend: Backend, work: DecodeWork): Promise<Runner> {
  const model = await uploadModel(backend, work.config, work.weights, () => undefined);
  const pace = new Pace(backend.isSoftware);
  const choose = await createChooser({ backend, model, pace });
  const session = new RunSession(
    { backend, model, choose, pace },
    {
      sequences: [work.tokens],
      isFinished: [false],
      path: { cache: true, fusion: true, kvLayout: "contiguous" },
      sampling: { kind: "greedy" },
      stopTokens: [],
      capacity: work.capacity,
      maxRows: 1,
    },
  );
  session.arrays.caches.forEach((array, layer) => {
    const cache = work.caches[layer];
    if (cache) backend.write(array, cache);
  });
  const operations = session.decodeOperations();
  const program = await backend.prepare(operations);
  return {
    way: `${operations.length} dispatches`,
    run: createRun(backend, program, session.decodePass()),
    read: () => readArray(backend, session.arrays.logits, work.expected.length),
    free: () => {
      session.free();
      freeModel(backend, model);
    },
  };
}

/** All repeats go in one submission, as the engine sends the steps of a run. */
function createRun(backend: Backend, program: Program, pass: Pass): Runner["run"] {
  return async (numRepeats) => {
    const parts = Array.from({ length: numRepeats }, () => ({ program, pass }));
    await backend.run({ passes: [{ label: "timed", parts }], readbacks: [] });
  };
}

async function readArray(
  backend: Backend,
  array: ReturnType<Backend["allocate"]>,
  length: number,
): Promise<Float32Array> {
  const { data } = await backend.run({ passes: [], readbacks: [{ array, offset: 0, length }] });
  return Float32Array.from(data[0] ?? []);
}
