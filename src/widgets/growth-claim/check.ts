// The check itself: the engine computes T and T + 1 tokens in every head, and writes sixteen tokens on both paths.
import {
  DEFAULT_PATH,
  type AttentionSnapshot,
  type Engine,
  type ModelReport,
} from "../../model/engine.ts";
import { compareHeads, NO_DIFFERENCE, worst, type Findings } from "./scene.ts";

/** Tokens that both paths write. */
const NUM_STEPS = 16;
/** Steps in one call, so that Stop is heard. */
const STEPS_A_CALL = 2;

export interface CheckRequest {
  readonly prompt: string;
  /** T: tokens read before the new one. */
  readonly numTokens: number;
}

export interface CheckContext {
  readonly model: ModelReport;
  readonly signal: AbortSignal;
  /** Fraction in [0, 1]. */
  readonly onProgress: (fraction: number, stage: string) => void;
}

interface Generation {
  readonly prompt: readonly number[];
  readonly numNewTokens: number;
  readonly cache: boolean;
}

interface Generated {
  readonly tokens: readonly number[];
  /** That a device was lost on the way and replaced. */
  readonly notices: readonly string[];
}

/** Greedy tokens of one path. */
async function generate(
  engine: Engine,
  { prompt, numNewTokens, cache }: Generation,
  signal: AbortSignal,
): Promise<Generated> {
  const run = await engine.start({
    prompts: [prompt],
    numNewTokens,
    path: { ...DEFAULT_PATH, cache },
    sampling: { kind: "greedy" },
    stopTokens: [],
  });
  const tokens: number[] = [];
  const notices: string[] = [];
  try {
    for (let isFinished = false; !isFinished;) {
      signal.throwIfAborted();
      const advance = await engine.advance(run.runId, STEPS_A_CALL, signal);
      tokens.push(...advance.steps.flatMap((step) => step.tokens.filter((id) => id !== undefined)));
      if (advance.notice !== undefined) notices.push(advance.notice);
      ({ isFinished } = advance);
    }
  } finally {
    await engine.end(run.runId);
  }
  return { tokens, notices };
}

/** @throws EngineError, or the signal's reason. */
export async function runCheck(
  engine: Engine,
  { prompt, numTokens }: CheckRequest,
  { model, signal, onProgress }: CheckContext,
): Promise<Findings> {
  const ids = await engine.encode(prompt);
  onProgress(0, "writing tokens with the cache");
  const missing = Math.max(NUM_STEPS, numTokens + 1 - ids.length);
  const cached = await generate(
    engine,
    { prompt: ids, numNewTokens: missing, cache: true },
    signal,
  );
  const tokens = [...ids, ...cached.tokens];
  onProgress(0.15, "writing the same without the cache");
  const sixteen = { prompt: ids, numNewTokens: NUM_STEPS, cache: false };
  const uncached = await generate(engine, sixteen, signal);
  const withCache = cached.tokens.slice(0, NUM_STEPS);
  const { numLayers, numHeads, headWidth } = model.shape;
  let differences = NO_DIFFERENCE;
  for (let i = 0; i < numLayers * numHeads; i++) {
    signal.throwIfAborted();
    const [layer, head] = [Math.floor(i / numHeads), i % numHeads];
    const done = i / (numLayers * numHeads);
    onProgress(0.3 + 0.7 * done, `comparing layer ${layer + 1}, head ${head + 1}`);
    const snapshot = (count: number): Promise<AttentionSnapshot> =>
      engine.inspect({ tokens: tokens.slice(0, count), layer, head });
    const before = await snapshot(numTokens);
    const after = await snapshot(numTokens + 1);
    differences = worst(differences, compareHeads(before, after));
  }
  return {
    numTokens,
    headWidth,
    numHeads: numLayers * numHeads,
    differences,
    withCache,
    withoutCache: uncached.tokens,
    notices: [...cached.notices, ...uncached.notices],
    text: await engine.decode(withCache),
  };
}
