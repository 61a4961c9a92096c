// The calculator: a model on a machine under a load, in memory, time and money.
import { defineWidget } from "../../figure/widget.ts";
import { Calculator } from "./calculator.tsx";
import { describeScene, tableOf } from "./describe.ts";
import { parameters } from "./parameters.ts";
import { createScene } from "./scene.ts";

/** The poster hears nothing. */
const ignore = () => undefined;

export default defineWidget({
  id: "calculator",
  title: "Model, machine and load",
  summary:
    "Whether a model fits on a machine, and its memory, time to first token, time per output token, throughput, cost and vllm serve line.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 3350, wide: 2200 },
  provenance: { kind: "modelled" },
  poster: (values) => <Calculator values={values} setValues={ignore} announce={ignore} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => tableOf(createScene(values)),
  load: () => import("./view.tsx"),
});
