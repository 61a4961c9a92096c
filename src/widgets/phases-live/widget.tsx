// The claim of chapter 6: two phases of one model, on the reader's own roofline.
import { defineWidget } from "../../figure/widget.ts";
import { LivePoster } from "../../live/poster.tsx";
import { describeModelled, makeModelledTable } from "../../live/scene.ts";
import { figure, PREDICTION } from "./figure.ts";
import { parameters } from "./parameters.ts";

export default defineWidget({
  id: "phases-live",
  title: "Prefill and decode on your device",
  summary:
    "Times the story model’s prefill at growing lengths against its decode on your device, on its measured roofline.",
  parameters,
  claim: "the same weights are compute bound in prefill, memory bound in decode",
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
