// Holds the poster's words to the model. After a new training: RECORD=1 with this test writes them anew.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { modelFolder } from "../../../tools/model-files.ts";
import { openNodeEngine } from "../../../tools/node-engine.ts";
import { DEFAULT_PATH } from "../../model/engine.ts";
import { expectRace, type RecordedStory } from "./expected.ts";
import { OPENINGS, parameters } from "./parameters.ts";
import recorded from "./recorded.json";

const ROOT = join(import.meta.dirname, "../../..");
const engine = openNodeEngine();
const written: Record<string, RecordedStory> = {};
let stopTokens: readonly number[];

beforeAll(async () => {
  await engine.open({ backend: "cpu" });
  const source = await modelFolder(join(ROOT, "public/models/stories-1m"));
  ({ stopTokens } = await engine.load({ source }));
  for (const { value, label } of OPENINGS) written[value] = await writeStory(label);
  if (process.env["RECORD"] === "1") {
    writeFileSync(join(import.meta.dirname, "recorded.json"), `${JSON.stringify(written)}\n`);
  }
});
afterAll(() => engine.close());

async function startRun(opening: string, { cache }: { cache: boolean }) {
  const prompt = await engine.encode(opening);
  const run = await engine.start({
    prompts: [prompt],
    numNewTokens: parameters.length.max,
    path: { ...DEFAULT_PATH, cache },
    sampling: { kind: "greedy" },
    stopTokens,
  });
  return { prompt, run };
}

async function writeStory(opening: string): Promise<RecordedStory> {
  const { prompt, run } = await startRun(opening, { cache: true });
  const tokens: number[] = [];
  for (let isFinished = false; !isFinished;) {
    const advance = await engine.advance(run.runId, 16);
    tokens.push(...advance.steps.flatMap((step) => step.tokens.filter((id) => id !== undefined)));
    ({ isFinished } = advance);
  }
  await engine.end(run.runId);
  const pieces: string[] = [];
  let before = await engine.decode(prompt);
  for (let count = 1; count <= tokens.length; count++) {
    const text = await engine.decode([...prompt, ...tokens.slice(0, count)]);
    pieces.push(text.slice(before.length));
    before = text;
  }
  return { numPromptTokens: prompt.length, tokens, pieces };
}

test("the poster's words are those of the model, for every opening", () => {
  expect(recorded).toEqual(written);
});

test.each([true, false])(
  "the rows of a step are those that the engine plans, cache: %s",
  async (cache) => {
    const { run } = await startRun(OPENINGS[0]!.label, { cache });
    await engine.end(run.runId);
    const values = { opening: OPENINGS[0]!.value, text: "", length: parameters.length.max };
    const { plans } = expectRace(values).lanes[cache ? "on" : "off"];
    expect(plans?.first.numRows).toBe(run.firstStep.numRows);
    expect(plans?.last.numRows).toBe(run.lastStep.numRows);
  },
);
