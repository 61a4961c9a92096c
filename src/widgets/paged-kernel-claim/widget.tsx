// What finding keys through a block table costs a token: the paged kernel against the contiguous one, live.
import { defineWidget } from "../../figure/widget.ts";
import { formatCount } from "../../ui/format.ts";
import { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { PREDICTION } from "./prediction.ts";
import { modelledStats, tableReads } from "./scene.ts";

export default defineWidget({
  id: "paged-kernel-claim",
  title: "One token, with a block table and without",
  summary: "Measures on your device what finding keys and values through a block table costs.",
  parameters,
  claim: "a block table makes a token at most a tenth slower",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Run on this device",
  minHeight: { narrow: 330, wide: 180 },
  provenance: { kind: "modelled" },
  poster: ({ position, batch }) => <Poster position={position} batch={batch} isOpen={false} />,
  describe: ({ position, batch }) =>
    `At ${formatCount(position + 1)} tokens a step reads ${formatCount(tableReads(position, batch).entries)} entries of block tables besides its keys and values.`,
  table: ({ position, batch }) => ({
    caption: `One step at ${formatCount(position + 1)} tokens, from the model's shape`,
    columns: ["Quantity", "Value", "Note"],
    rows: modelledStats(position, batch).map(({ label, value, detail }) => [
      label,
      value,
      detail ?? "",
    ]),
  }),
  load: () => import("./view.tsx"),
});
