// The live part of chapter 12: a product in fine steps of its size, and whether its time has steps.
import { defineWidget } from "../../figure/widget.ts";
import { LivePoster } from "../../live/poster.tsx";
import { describeModelled, makeModelledTable } from "../../live/scene.ts";
import { figure, PREDICTION } from "./figure.ts";
import { parameters } from "./parameters.ts";

export default defineWidget({
  id: "staircase-live",
  title: "A product that grows tile by tile, on your device",
  summary:
    "Times a product in fine steps on your device, and says whether its time rises in steps.",
  parameters,
  claim: "on this device the time of a product rises in steps",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Run on this device",
  minHeight: { narrow: 460, wide: 480 },
  provenance: { kind: "modelled" },
  poster: () => <LivePoster figure={figure} isOpen={false} />,
  describe: () => describeModelled(figure.subject),
  table: () => makeModelledTable(figure.subject),
  load: () => import("./view.tsx"),
});
