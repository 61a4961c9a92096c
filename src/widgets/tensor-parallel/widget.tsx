// A model split over several GPUs: what each holds, what a decode step takes, and what the links cost.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "tensor-parallel",
  title: "One model on several GPUs",
  summary:
    "A model split over 1 to 16 GPUs: memory of each, time of a decode step over NVLink and PCIe, KV heads.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 1075, wide: 595 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
