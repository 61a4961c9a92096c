// One paged run of the page's engine, a turn at a time: after each, the block tables are read back from the device.
import { DEFAULT_PATH, type Path } from "../../model/engine.ts";
import type { ReadyEngine } from "../../model/page-engine.ts";
import { NUM_NEW_TOKENS, PROMPTS } from "./prompts.ts";
import type { Moment } from "./scene.ts";

const PAGED: Path = { ...DEFAULT_PATH, kvLayout: "paged" };

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Resolves with the tokens that each request gets next; rejects when the run is stopped. */
  readonly nextTurn: () => Promise<number>;
  readonly onMoment: (moment: Moment) => void;
}

/** Hands turns to a run that waits for them. */
export interface Turns {
  /** Gives one turn, if the run waits for it. */
  readonly give: (numTokens: number) => void;
  /** What the run awaits. */
  readonly next: (signal: AbortSignal) => Promise<number>;
}

export function createTurns(): Turns {
  let resolve: ((numTokens: number) => void) | undefined;
  return {
    give: (numTokens) => {
      resolve?.(numTokens);
      resolve = undefined;
    },
    next: (signal) =>
      new Promise((given, stopped) => {
        resolve = given;
        const stop = () => stopped(new Error("Stopped."));
        if (signal.aborted) stop();
        signal.addEventListener("abort", stop, { once: true });
      }),
  };
}

/**
 * Serves the requests until each has its tokens. The first moment is the run's before its prefill; stopped or not, the
 * run is ended.
 */
export async function followRun(
  { engine, device }: ReadyEngine,
  { signal, nextTurn, onMoment }: FollowOptions,
): Promise<void> {
  const sequences = await Promise.all(PROMPTS.map(({ text }) => engine.encode(text)));
  const { runId } = await engine.start({
    prompts: sequences,
    numNewTokens: NUM_NEW_TOKENS,
    path: PAGED,
    sampling: { kind: "greedy" },
    // A story that is over begins another, so that no request stops before the others.
    stopTokens: [],
  });
  try {
    let { notice } = device;
    let numGenerated = 0;
    let isFinished = false;
    const say = async () => {
      const [report, ...texts] = await Promise.all([
        engine.blockTables(runId),
        ...sequences.map((tokens) => engine.decode(tokens)),
      ]);
      onMoment({ report, texts, device: device.name, numGenerated, isFinished, notice });
    };
    await say();
    while (!isFinished) {
      const advance = await engine.advance(runId, await nextTurn(), signal);
      for (const { tokens } of advance.steps) {
        tokens.forEach((token, index) => {
          if (token !== undefined) sequences[index]?.push(token);
        });
      }
      ({ isFinished } = advance);
      numGenerated += advance.steps.length;
      notice = advance.notice ?? notice;
      if (signal.aborted) return;
      await say();
    }
  } finally {
    await engine.end(runId);
  }
}
