// The live part of chapter 2: one layer, by its rows, on the reader's own roofline.
import { defineWidget } from "../../figure/widget.ts";
import { LivePoster } from "../../live/poster.tsx";
import { describeModelled, makeModelledTable } from "../../live/scene.ts";
import { figure, PREDICTION } from "./figure.tsx";
import { parameters } from "./parameters.ts";

export default defineWidget({
  id: "linear-live",
  title: "nn.Linear(1024, 4096) on your device",
  summary:
    "Times one linear layer at batches from 1 to 512 on your device, and says what binds each on its measured roofline.",
  parameters,
  claim: "one layer is memory bound with few rows and compute bound with many",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Run on this device",
  minHeight: { narrow: 460, wide: 490 },
  provenance: { kind: "modelled" },
  poster: () => <LivePoster figure={figure} isOpen={false} />,
  describe: () => describeModelled(figure.subject),
  table: () => makeModelledTable(figure.subject),
  load: () => import("./view.tsx"),
});
