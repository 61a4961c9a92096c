// The claim of chapter 2 on datasheet figures and published times: one layer, memory bound and compute bound.
import { defineWidget } from "../../figure/widget.ts";
import { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { PREDICTION } from "./prediction.ts";
import { makeTable, RUNS_ON } from "./scene.ts";

export default defineWidget({
  id: "intensity-claim",
  title: "The batch at which a layer becomes compute bound",
  summary:
    "Where arithmetic overtakes memory in nn.Linear(1024, 4096) on an A100, beside times of real kernels.",
  parameters,
  claim: "nn.Linear(1024, 4096) is memory bound at batch 1 and compute bound at batch 512",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Work it out",
  minHeight: { narrow: 330, wide: 200 },
  provenance: { kind: "modelled" },
  poster: () => <Poster />,
  describe: () =>
    `The card compares the time of the bytes with the time of the arithmetic at each batch. ${RUNS_ON}`,
  table: () => makeTable(false),
  load: () => import("./view.tsx"),
});
