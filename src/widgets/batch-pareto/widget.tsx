// The frontier of throughput against pace over the batch, and why it bends: shared weights, caches of one's own.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "batch-pareto",
  title: "What a batch gives all readers, and each",
  summary:
    "The Pareto frontier of throughput and pace for a model on a GPU, and the arithmetic intensity behind it.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 1080, wide: 940 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
