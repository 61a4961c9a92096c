// The live part of chapter 3: the same work as several kernels and as one, on the reader's own roofline.
import { defineWidget } from "../../figure/widget.ts";
import { LivePoster } from "../../live/poster.tsx";
import { describeModelled, makeModelledTable } from "../../live/scene.ts";
import { getFigure, PREDICTION } from "./figure.ts";
import { parameters } from "./parameters.ts";

export default defineWidget({
  id: "fusion-live",
  title: "Kernels apart and fused on your device",
  summary:
    "Times a layer and what follows it as kernels apart and as one, by rows, on your device.",
  parameters,
  claim: "one fused kernel takes less time than the kernels it stands for",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Run on this device",
  minHeight: { narrow: 460, wide: 480 },
  provenance: { kind: "modelled" },
  poster: ({ pair }) => <LivePoster figure={getFigure(pair)} isOpen={false} />,
  describe: ({ pair }) => describeModelled(getFigure(pair).subject),
  table: ({ pair }) => makeModelledTable(getFigure(pair).subject),
  load: () => import("./view.tsx"),
});
