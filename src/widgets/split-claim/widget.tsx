// The claim of chapter 11, worked out for one model on one node: what splitting costs, and what of it is bandwidth.
import { defineWidget } from "../../figure/widget.ts";
import { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { makeTable, PREDICTION, readClaim } from "./scene.ts";

export default defineWidget({
  id: "split-claim",
  title: "What eight GPUs say to each other",
  summary: "The share of a decode step of Llama 3.1 405B on eight A100s that goes to all-reduces.",
  parameters,
  claim: "a model larger than 80 GB must be split, and NVLink is 0.3 TB/s",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Work it out",
  minHeight: { narrow: 130, wide: 90 },
  provenance: { kind: "modelled" },
  poster: () => <Poster />,
  describe: () =>
    "A decode step of Llama 3.1 405B on eight A100s; what the all-reduces take is shown after your prediction.",
  table: () => makeTable(readClaim(), false),
  load: () => import("./view.tsx"),
});
