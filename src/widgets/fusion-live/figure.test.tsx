import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { linearRelu } from "../../../shaders/linear-relu/kernel.ts";
import { normGateUpThread } from "../../../shaders/norm-gate-up/kernel.ts";
import { LivePoster } from "../../live/poster.tsx";
import { getFigure } from "./figure.ts";
import { PAIRS } from "./pairs.ts";

const pass = (numRows: number) => ({ numRows, firstRow: 0, numContextTokens: 0 });

test("the modelled points are of the kernels that the experiment times", () => {
  for (const rows of [1, 7, 256]) {
    const layer = { inputWidth: 1024, outputWidth: 4096 };
    expect(PAIRS.relu.cost(rows)).toEqual(linearRelu.cost(layer, pass(rows)));
    const gated = { width: 1024, hiddenWidth: 4096, epsilon: 1 };
    expect(PAIRS["gate-up"].cost(rows)).toEqual(normGateUpThread.cost(gated, pass(rows)));
  }
});

test("with the pair its points change, the published ones too", () => {
  const [relu, gateUp] = [getFigure("relu").subject, getFigure("gate-up").subject];
  // One row: 2 FLOPs for each weight of 4 bytes, and little else, either way; of 256 rows two products share the input.
  expect(relu.modelled[0]!.intensity).toBeCloseTo(0.5, 2);
  expect(gateUp.modelled[0]!.intensity).toBeCloseTo(0.5, 2);
  expect(gateUp.modelled.at(-1)!.intensity).toBeGreaterThan(1.1 * relu.modelled.at(-1)!.intensity);
  // 4096 → 5504 in 16 bits: 2 · 4096 · 5504 FLOP over 2 · (4096 + 4096 · 5504 + 5504) B.
  const [row] = gateUp.published;
  expect(row!.intensity).toBeCloseTo((4096 * 5504) / (4096 + 4096 * 5504 + 5504), 6);
  expect(relu.published).toHaveLength(gateUp.published.length);
});

test("a run is drawn with its own pair alone", () => {
  const recorded = getFigure("relu").recorded!.record;
  expect(getFigure("relu").isOf!(recorded)).toBe(true);
  expect(getFigure("gate-up").isOf!(recorded)).toBe(false);
});

test("a pair of which no run was recorded says so", () => {
  const unrecorded = { ...getFigure("gate-up"), recorded: undefined };
  const text = renderToStaticMarkup(<LivePoster figure={unrecorded} isOpen />);
  expect(text).toContain("Nobody has recorded a run of this yet");
  expect(text).toContain("both products 1024 → 4096 and their gate in one kernel");
  const recorded = renderToStaticMarkup(<LivePoster figure={getFigure("relu")} isOpen />);
  expect(recorded).not.toContain("Nobody has recorded");
});
