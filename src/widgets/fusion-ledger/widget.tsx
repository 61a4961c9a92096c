// The bytes that fusion saves: kernels apart and fused, every array they move.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "fusion-ledger",
  title: "What fusion saves",
  summary:
    "Every array that a few kernels read and write, apart and fused into one: which bytes need not move.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 450, wide: 350 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values), values),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
