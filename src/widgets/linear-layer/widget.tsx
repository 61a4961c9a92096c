// One linear layer: memory time and compute time against the batch, and where they cross.
import { defineWidget } from "../../figure/widget.ts";
import { bytesMoved } from "../../core/cost/cost.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, sayBound } from "./scene.ts";

export default defineWidget({
  id: "linear-layer",
  title: "One linear layer, from batch 1 up",
  summary:
    "Memory time and compute time of nn.Linear against the batch, and the batch at which they cross.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 845, wide: 685 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values), values),
  table: (values) => {
    const { listed, gpu } = createScene(values);
    return {
      caption: `nn.Linear(${values.inputs}, ${values.outputs}) on the ${gpu.name}`,
      columns: ["Batch", "FLOP", "Bytes", "FLOP/B", "Memory (s)", "Arithmetic (s)", "Verdict"],
      rows: listed.map((point) => [
        point.batch,
        point.cost.flops,
        bytesMoved(point.cost),
        point.intensity,
        point.time.memory,
        point.time.compute,
        sayBound(point),
      ]),
    };
  },
  load: () => import("./view.tsx"),
});
