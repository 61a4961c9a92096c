// The claim of chapter 7, on real kernels: more tokens a second in all, and slower text for each, over the batch.
import { defineWidget } from "../../figure/widget.ts";
import { formatBytes, formatCount } from "../../ui/format.ts";
import { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { PREDICTION } from "./prediction.ts";
import { modelledStats, stepBytes } from "./scene.ts";

export default defineWidget({
  id: "batching-claim",
  title: "One sequence against a batch",
  summary:
    "Measures on your device what a batch gives in all and what it costs each sequence, against the reading speed.",
  parameters,
  claim: "offline, raise the batch; online, match the human reading speed",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Run on this device",
  minHeight: { narrow: 400, wide: 230 },
  provenance: { kind: "modelled" },
  poster: ({ batch, position }) => <Poster batch={batch} position={position} isOpen={false} />,
  describe: ({ batch, position }) => {
    const { weights, caches } = stepBytes(batch, position);
    return (
      `A step of ${formatCount(batch)} sequences of ${formatCount(position)} tokens reads ${formatBytes(weights)} of weights once ` +
      `and ${formatBytes(caches)} of KV caches.`
    );
  },
  table: ({ batch, position }) => ({
    caption: `One step of ${formatCount(batch)} sequences at ${formatCount(position)} tokens, from the model's shape`,
    columns: ["Quantity", "Value", "Note"],
    rows: modelledStats(batch, position).map(({ label, value, detail }) => [
      label,
      value,
      detail ?? "",
    ]),
  }),
  load: () => import("./view.tsx"),
});
