import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import prefillDecode from "../../experiments/prefill-decode/experiment.ts";
import { createScene } from "../../live/scene.ts";
import { figure, tokenRatio } from "./figure.ts";

test("40 µs a decode step and 40 + 1 a token of the prompt: 128 tokens cost 30.5 times less each", async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: ({ path, position }) => (path.cache ? 40e-6 : 40e-6 + 1e-6 * position),
  });
  const record = await prefillDecode.run(engine, { prompt: 128, curve: true }, fakeContext(clock));
  // 40 · 128 / 168.
  expect(tokenRatio(record)!.median).toBeCloseTo(30.48, 1);
  expect(record.verdict).toMatchObject({ kind: "clear", faster: "baseline", claim: "supported" });
  const scene = createScene(figure.subject, { record, ladder: undefined });
  const sentences = figure.sentences(scene, "much");
  expect(sentences[0]).toBe("You predicted 16 to 64 times; measured: 30.5×.");
  expect(sentences[1]).toMatch(/^After 128 tokens a generated token takes 30\.5× as long/);
  expect(scene.arms.map(({ points }) => points.map(({ x }) => x))).toEqual([
    [8, 16, 32, 64, 128],
    [8, 16, 32, 64, 128],
  ]);
});
