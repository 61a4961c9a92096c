// One run of the engine by one column of switches, step by step, as the page draws it.
import type { RunReport } from "../../model/engine.ts";
import type { ReadyEngine } from "../../model/page-engine.ts";
import { openingsOf, samplingOf, switchesOf, type Switches } from "./switches.ts";
import type { LabValues } from "./parameters.ts";

/** One step of the run: where it was, and what it took. */
export interface StepPoint {
  /** Tokens in the longest sequence before the step. */
  readonly position: number;
  /** Of the whole step, all sequences together, on the device's clock. */
  readonly seconds: number;
}

export interface LabRun {
  readonly switches: Switches;
  readonly prompts: readonly (readonly number[])[];
  /** The prompts as the tokenizer reads them, or as ids where the model has none. */
  readonly promptTexts: readonly string[];
  /** New tokens of each sequence. */
  readonly tokens: readonly (readonly number[])[];
  readonly texts: readonly string[];
  readonly points: readonly StepPoint[];
  readonly report: RunReport | undefined;
  /** The prompt's pass and the first token, on the device's clock. */
  readonly prefillSeconds: number | undefined;
  /** From the call to the first token in the page, prompt and read-back included. */
  readonly firstTokenSeconds: number | undefined;
  readonly isFinished: boolean;
  readonly notices: readonly string[];
}

interface RunOptions {
  readonly signal: AbortSignal;
  readonly onChange: (run: LabRun) => void;
}

/** Steps a turn: few, so that Stop works at once and points come as they are made. */
const STEPS = { software: 2, hardware: 8 } as const;

/** Runs A's switches over the story until it ends or the signal stops it; the engine keeps nothing of it. */
export async function runStory(
  ready: ReadyEngine,
  values: LabValues,
  { signal, onChange }: RunOptions,
): Promise<LabRun> {
  const { engine, model, device } = ready;
  const switches = switchesOf(values, "a");
  const openings = openingsOf(values, switches.batch);
  const prompts = await Promise.all(openings.map((opening) => encodeOrList(ready, opening)));
  let run = await createRun(ready, switches, prompts);
  onChange(run);
  const report = await engine.start({
    prompts,
    numNewTokens: values.length,
    path: switches.path,
    sampling: samplingOf(values),
    stopTokens: model.stopTokens,
  });
  try {
    run = { ...run, report };
    onChange(run);
    while (!signal.aborted && !run.isFinished) {
      const numSteps =
        run.points.length === 0 ? 1 : STEPS[device.isSoftware ? "software" : "hardware"];
      run = await advance(ready, run, { runId: report.runId, numSteps, signal });
      if (!signal.aborted) onChange(run);
    }
    return run;
  } finally {
    await engine.end(report.runId);
  }
}

/** A model without a tokenizer gets the ids of the bytes, as far as its vocabulary goes. */
async function encodeOrList({ engine, model }: ReadyEngine, text: string): Promise<number[]> {
  if (model.hasTokenizer) return engine.encode(text);
  return [...new TextEncoder().encode(text)].map((byte) => byte % model.shape.vocabulary);
}

function decodeOrList({ engine, model }: ReadyEngine, tokens: readonly number[]): Promise<string> {
  return model.hasTokenizer ? engine.decode(tokens) : Promise.resolve(tokens.join(" "));
}

async function createRun(
  ready: ReadyEngine,
  switches: Switches,
  prompts: readonly (readonly number[])[],
): Promise<LabRun> {
  return {
    switches,
    prompts,
    promptTexts: await Promise.all(prompts.map((prompt) => decodeOrList(ready, prompt))),
    tokens: prompts.map(() => []),
    texts: prompts.map(() => ""),
    points: [],
    report: undefined,
    prefillSeconds: undefined,
    firstTokenSeconds: undefined,
    isFinished: false,
    notices: [],
  };
}

interface AdvanceOptions {
  readonly runId: number;
  readonly numSteps: number;
  readonly signal: AbortSignal;
}

async function advance(
  ready: ReadyEngine,
  run: LabRun,
  { runId, numSteps, signal }: AdvanceOptions,
): Promise<LabRun> {
  const { steps, isFinished, prefillDuration, wallTime, notice } = await ready.engine.advance(
    runId,
    numSteps,
    signal,
  );
  const tokens = run.tokens.map((sequence, index) => [
    ...sequence,
    ...steps.flatMap((step) => step.tokens[index] ?? []),
  ]);
  const points = steps.map(({ position, duration }) => ({
    position,
    seconds: duration ?? wallTime / steps.length,
  }));
  const texts = await Promise.all(
    tokens.map(async (sequence, index) => {
      const prompt = run.prompts[index] ?? [];
      const whole = await decodeOrList(ready, [...prompt, ...sequence]);
      return whole.slice(run.promptTexts[index]?.length ?? 0);
    }),
  );
  const isFirst = run.points.length === 0;
  return {
    ...run,
    tokens,
    texts,
    points: [...run.points, ...points],
    prefillSeconds: isFirst ? (prefillDuration ?? points[0]?.seconds) : run.prefillSeconds,
    firstTokenSeconds: isFirst ? wallTime : run.firstTokenSeconds,
    isFinished,
    notices: notice === undefined ? run.notices : [...new Set([...run.notices, notice])],
  };
}
