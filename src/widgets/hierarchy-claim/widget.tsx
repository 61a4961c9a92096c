// The claim of chapter 1 on datasheet figures: how much arithmetic fits into the time of one byte.
import { defineWidget } from "../../figure/widget.ts";
import { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { PREDICTION } from "./prediction.ts";
import { makeTable, RUNS_ON } from "./scene.ts";

export default defineWidget({
  id: "hierarchy-claim",
  title: "One byte, and the arithmetic that fits beside it",
  summary: "How many FLOP the tensor cores of a GPU do while one byte comes from memory.",
  parameters,
  claim: "loading takes much longer than the tensor cores",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Work it out",
  minHeight: { narrow: 260, wide: 200 },
  provenance: { kind: "published", source: "makers’ datasheets" },
  poster: () => <Poster />,
  describe: () =>
    `The card divides the peak rate of the tensor cores by the bandwidth of memory. ${RUNS_ON}`,
  table: () => makeTable(false),
  load: () => import("./view.tsx"),
});
