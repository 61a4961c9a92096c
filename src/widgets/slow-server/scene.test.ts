import { expect, test } from "vitest";
import { createSimulation } from "../../core/simulation/scenario-simulation.ts";
import { parseScenarioText } from "../../core/simulation/scenario.ts";
import { GIBI } from "../../core/units/units.ts";
import { knownRuns } from "./first-run.ts";
import {
  createScene,
  describeScene,
  formatFigure,
  getExample,
  makeRunPicture,
  makeTable,
  memoryLayers,
  runKey,
  writeSubject,
} from "./scene.ts";

const VALUES = { example: "few-running", model: "as-said", hardware: "as-said" };

function reportOf(text: string) {
  return createSimulation(parseScenarioText(text)).finish();
}

test("the picture on the poster is what the simulator gives for the first example", async () => {
  const [cause] = createScene(VALUES).causes;
  const { runs } = cause!.finding;
  const picture = makeRunPicture(runs!, reportOf(runs!.before), reportOf(runs!.after));
  expect(picture.before.length).toBeLessThanOrEqual(41);
  await expect(`${JSON.stringify(picture, undefined, 2)}\n`).toMatchFileSnapshot("first-run.json");
});

test("another change to the same server does not borrow the first example's picture", () => {
  const { text } = getExample(VALUES);
  const full = text.replace("KV cache usage: 4.8%", "KV cache usage: 95.0%");
  const [first, other] = [createScene(VALUES), createScene(VALUES, full)].map(
    ({ causes }) => causes[0]!.finding.runs!,
  );
  expect(other!.before).toBe(first!.before);
  expect(other!.after).not.toBe(first!.after);
  expect(knownRuns().has(runKey(first!))).toBe(true);
  expect(knownRuns().has(runKey(other!))).toBe(false);
});

test("the first example asks for more requests at once, and keeps the rest of the line", () => {
  const [cause] = createScene(VALUES).causes;
  expect(cause!.line).toBe(
    `vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 16384 ${cause!.changes[0]}`,
  );
  expect(cause!.changes[0]).toMatch(/^--max-num-seqs \d+$/);
});

test("a pasted text stands in for the example, and the chosen GPU for the example's", () => {
  const text = "vllm serve meta-llama/Llama-3.1-8B --max-model-len 131072";
  const small = createScene({ ...VALUES, hardware: "l4" }, text);
  expect(small.causes[0]!.finding.id).toBe("longest-request");
  // One request of 131,072 tokens takes 16 GiB, which an H100 has.
  const large = createScene({ ...VALUES, hardware: "h100-sxm" }, text);
  expect(large.causes.map(({ finding }) => finding.id)).not.toContain("longest-request");
});

test("the layers of a bar add up to the memory of the GPU", () => {
  const { before } = createScene(VALUES).causes[0]!.finding;
  const sum = memoryLayers(before).reduce((total, { bytes }) => total + bytes, 0);
  // A log of the H100 prints 79.11 GiB.
  expect(sum / GIBI).toBeCloseTo(79.11, 2);
});

test("a text without vLLM is told so, and one without a cause as well", () => {
  expect(describeScene(createScene(VALUES, "hello"))).toBe(
    "Nothing of vLLM was found in the text.",
  );
  expect(describeScene(createScene(VALUES, "vllm serve meta-llama/Llama-3.1-8B"))).toBe(
    "The text gives no cause away.",
  );
});

test("what the text does not name is said", () => {
  expect(writeSubject(createScene(VALUES).diagnosis)).toMatch(
    /^Counted for Llama 3\.1 8B on 1 × NVIDIA H100.*does not name the GPU: choose yours above\.$/,
  );
  expect(writeSubject(createScene(VALUES, "vllm:num_requests_running 3").diagnosis)).toContain(
    "the model or the GPU",
  );
});

test("the table names the change and has a row for each figure", () => {
  const [cause] = createScene(VALUES).causes;
  const table = makeTable(cause, undefined);
  expect(table.caption).toContain("--max-num-seqs");
  expect(table.rows[0]).toEqual(["Requests allowed at once", "16", "354"]);
});

test("figures are written with their unit, and what is no number as a dash", () => {
  const figure = { label: "", before: 0, after: 0 } as const;
  expect(formatFigure({ ...figure, unit: "bytes" }, 3 * GIBI)).toMatch(/^3\.00\sGiB$/);
  expect(formatFigure({ ...figure, unit: "yes-no" }, 0)).toBe("no");
  expect(formatFigure({ ...figure, unit: "ratio" }, 1.203_125)).toBe("1.20×");
  expect(formatFigure({ ...figure, unit: "count" }, NaN)).toBe("—");
});
