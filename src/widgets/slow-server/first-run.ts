// What the simulator gave for the first example: drawn on the poster, and at once where that example is chosen. A test
// holds the file against the simulator.
import picture from "./first-run.json" with { type: "json" };
import type { FigureUnit } from "../../core/diagnosis/trial.ts";
import { parameters } from "./parameters.ts";
import { createScene, runKey, type RunPicture } from "./scene.ts";

const UNITS: readonly FigureUnit[] = [
  "bytes",
  "count",
  "ratio",
  "seconds",
  "rate",
  "share",
  "yes-no",
];

export const FIRST_RUN: RunPicture = {
  ...picture,
  figures: picture.figures.map((figure) => ({
    ...figure,
    unit: UNITS.find((unit) => unit === figure.unit) ?? "count",
  })),
};

/** The pictures that need no run, by {@link runKey}. */
export function knownRuns(): ReadonlyMap<string, RunPicture> {
  const { example, model, hardware } = parameters;
  const values = { example: example.default, model: model.default, hardware: hardware.default };
  const runs = createScene(values).causes[0]?.finding.runs;
  return new Map(runs === undefined ? [] : [[runKey(runs), FIRST_RUN]]);
}
