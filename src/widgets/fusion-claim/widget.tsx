// The claim of chapter 3, counted: what fusing a ReLU into a product saves, at batch 1 and at batch 512.
import { defineWidget } from "../../figure/widget.ts";
import { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { makeTable, PREDICTION } from "./scene.ts";

export default defineWidget({
  id: "fusion-claim",
  title: "A ReLU, fused or not",
  summary: "What fusing a ReLU into a linear layer saves at batch 1 and at batch 512.",
  parameters,
  claim: "elementwise ops are always memory bound, so fuse them into the matmul",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Count them",
  minHeight: { narrow: 130, wide: 90 },
  provenance: { kind: "modelled" },
  poster: () => <Poster />,
  describe: () =>
    "Bytes that nn.Linear(1024, 4096) and a ReLU move; what fusion saves of them is shown after your prediction.",
  table: () => makeTable(false),
  load: () => import("./view.tsx"),
});
