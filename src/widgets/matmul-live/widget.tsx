// The live part of chapter 2: square products that double in size, on the reader's own roofline.
import { defineWidget } from "../../figure/widget.ts";
import { LivePoster } from "../../live/poster.tsx";
import { describeModelled, makeModelledTable } from "../../live/scene.ts";
import { figure, PREDICTION } from "./figure.ts";
import { parameters } from "./parameters.ts";

export default defineWidget({
  id: "matmul-live",
  title: "N × N products on your device",
  summary:
    "Times products of two square matrices on your device, N doubling, with the exponent of their growth.",
  parameters,
  claim: "a product of large matrices waits for the arithmetic, one of small matrices does not",
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
