// The roofline of a GPU with the operators of a model's prefill and decode as points.
import { defineWidget } from "../../figure/widget.ts";
import { bytesMoved } from "../../core/cost/cost.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene } from "./scene.ts";

export default defineWidget({
  id: "roofline",
  title: "A model on the roofline",
  summary:
    "The operators of a model’s prefill and decode under the roof of a GPU, and what the whole step waits for.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 1465, wide: 892 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => {
    const { steps, model, gpu } = createScene(values);
    return {
      caption: `${model.name} on the ${gpu.name}, 16 bits`,
      columns: [
        "Phase",
        "Letter",
        "Operator",
        "Launches",
        "FLOP",
        "Bytes",
        "FLOP/B",
        "Memory (s)",
        "Arithmetic (s)",
        "Bound by",
      ],
      rows: steps.flatMap(({ phase, rows }) =>
        rows.map(({ letter, operator, intensity, time }) => [
          phase,
          letter,
          operator.name,
          operator.count,
          operator.cost.flops,
          bytesMoved(operator.cost),
          intensity,
          time.memory,
          time.compute,
          time.bound,
        ]),
      ),
    };
  },
  load: () => import("./view.tsx"),
});
