// A claim's run on a planted device: 100 GB/s at every size, 2 TFLOP/s, 1 µs a launch.
import { renderToStaticMarkup } from "react-dom/server";
import { beforeAll, expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  fakeContext,
} from "../../tests/experiments/fake-engine.ts";
import ladder from "../experiments/ladder/experiment.ts";
import paging from "../experiments/paging/experiment.ts";
import type { KernelTimingRequest } from "../model/engine.ts";
import { ClaimRoofline } from "./claim-roofline.tsx";
import { addBounds, createScene, type Run, type Subject } from "./scene.ts";
import { BY_POSITION, STEP_WORDS, storyIntensity } from "./story-steps.ts";

const SUBJECT: Subject = {
  what: "A step",
  ...BY_POSITION,
  arms: [
    { arm: "contiguous", label: "contiguous" },
    { arm: "paged", label: "paged" },
  ],
  modelled: [],
  published: [],
};

function plantedTime({ kernel, sizes, numRows, repeat }: KernelTimingRequest): number {
  if (repeat === "submission") return 100e-6;
  if (kernel === "ladder/launch") return 1e-6;
  const turns = sizes["numTurns"] ?? sizes["numSteps"] ?? 0;
  if (kernel.startsWith("ladder/read")) return (16 * turns * numRows) / 100e9;
  return (2 * (kernel.endsWith("vec4") ? 32 : 8) * turns * numRows) / 2e12;
}

let run: Run;
beforeAll(async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({ clock, stepTime: () => 65e-6, kernelTime: plantedTime });
  const values = { position: 64, batch: 1, fusion: true, curve: false };
  run = {
    record: await paging.run(engine, values, fakeContext(clock)),
    ladder: await ladder.run(engine, { largest: "64" }, fakeContext(clock)),
  };
});

const draw = (one: Run) =>
  renderToStaticMarkup(
    <ClaimRoofline subject={SUBJECT} scene={createScene(SUBJECT, one)} words={STEP_WORDS} />,
  );

test("both layouts lie on the device's own roof, and the bound is said in words", () => {
  const markup = draw(run);
  expect(markup).toContain("live-roof");
  // 5.2 MB at 100 GB/s are 52 µs of 65: four fifths.
  expect(markup).toContain("A step, contiguous: at 64 tokens memory bound.");
  expect(markup).toContain("A step, paged: at 64 tokens memory bound.");
  expect(markup).toContain("asks for 80 % of the time");
});

test("a run without a ladder draws nothing and says why", () => {
  const replayed = draw({ record: run.record, ladder: undefined });
  expect(replayed).not.toContain("svg");
  expect(replayed).toContain("no roofs of its device were measured with it");
  const stopped = draw({ record: run.record, ladder: undefined, noLadder: "it was stopped" });
  expect(stopped).toContain("No roofline is drawn for this run: it was stopped.");
});

test("the bounds join the claim's own table, row by row", () => {
  const { arms } = createScene(SUBJECT, run);
  const table = { caption: "", columns: ["Layout"], rows: [["contiguous"], ["paged"], ["none"]] };
  const { columns, rows } = addBounds(
    table,
    arms.map(({ points }) => points[0]),
  );
  expect(columns).toEqual(["Layout", "FLOP/B", "FLOP/s", "Bound"]);
  expect(rows.map((row) => row.at(-1))).toEqual(["memory bound", "memory bound", ""]);
});

test("a batch of the story model shares its weights: sixteen steps do sixteen times the FLOPs for fewer bytes", () => {
  const [one, many] = [1, 16].map((batch) =>
    storyIntensity({ numTokens: 64, hasCache: true, batch }),
  );
  expect(many! / one!).toBeGreaterThan(8);
  expect(many! / one!).toBeLessThan(16);
});
