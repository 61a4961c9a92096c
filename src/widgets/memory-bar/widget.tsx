// Where the memory of each GPU goes: weights, activations, KV cache; whether it suffices, and what would help.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "memory-bar",
  title: "Does it fit?",
  summary: "Weights and KV cache of a model in the memory of one GPU or of several.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 685, wide: 530 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
