// npm run replay -- FILE…: replays recordings of real engines (tests/golden/serving/README.md) through the block manager
// and the schedulers of src/core. Says where they part, if they do; exits 1 if any file differs, and
// otherwise 2 if any is no recording or holds nothing.
import { readFile } from "node:fs/promises";
import type { Divergence } from "../src/core/scheduling/replay/divergence.ts";
import { MalformedRecording, shown } from "../src/core/scheduling/replay/field.ts";
import { replay, type ReplayResult } from "../src/core/scheduling/replay/replay.ts";

const USAGE = `npm run replay -- FILE…

  FILE   recordings in one of the golden schemas: KV manager, scheduler, nano-vllm, v0, scenarios, hash vectors,
         log cases; which one is told by its meta or type`;

const MAX_SHOWN = 600;

export async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args.includes("--help")) {
    console.log(USAGE);
    return args.length === 0 ? 2 : 0;
  }
  const total = { numTraces: 0, numSteps: 0 };
  let [hasDivergence, hasBadFile] = [false, false];
  for (const file of args) {
    const result = await replayFile(file, args.length > 1 ? `${file}: ` : "");
    hasDivergence ||= result?.divergence !== undefined;
    hasBadFile ||= result === undefined;
    total.numTraces += result?.numTraces ?? 0;
    total.numSteps += result?.numSteps ?? 0;
  }
  if (hasDivergence) return 1;
  if (hasBadFile) return 2;
  if (args.length > 1) console.log(`together: ${agreement(total)}`);
  return 0;
}

/** @returns undefined if the file is no recording, which is then said. */
async function replayFile(file: string, prefix: string): Promise<ReplayResult | undefined> {
  try {
    const result = replay(await readJson(file));
    console.log(`${prefix}${verdictOf(result)}`);
    for (const note of notesOf(result)) console.error(`${prefix}${note}`);
    return result;
  } catch (error) {
    if (!(error instanceof MalformedRecording)) throw error;
    console.error(`${file}: ${error.message}`);
    return undefined;
  }
}

function agreement({ numTraces, numSteps }: Pick<ReplayResult, "numTraces" | "numSteps">): string {
  return `${numTraces} traces, ${numSteps} steps, 0 divergences`;
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new MalformedRecording(
      `The file cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MalformedRecording(
      `The file is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

function verdictOf(result: ReplayResult): string {
  const { numSteps, divergence } = result;
  return divergence
    ? `diverges after ${numSteps} steps. ${sentence(divergence)}`
    : agreement(result);
}

/** What was not compared, or looks odd in the recording itself. */
function notesOf({ remarks, unread }: ReplayResult): string[] {
  return unread.length > 0 ? [...remarks, `not compared: ${unread.join(", ")}`] : [...remarks];
}

function sentence({ trace, step, field, expected, got }: Divergence): string {
  return (
    `Trace ${trace}, step ${step}, field ${field}: ` +
    `expected ${shown(expected, MAX_SHOWN)}, got ${shown(got, MAX_SHOWN)}`
  );
}
