// Shapes for a budget of parameters on a GPU: what fills its tiles and waves, which rules hold, what that gains.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "shape-designer",
  title: "Design a shape",
  summary:
    "Layers, widths and heads for a budget of parameters that fill the tiles and waves of a GPU, and what they gain.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 1435, wide: 1100 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
