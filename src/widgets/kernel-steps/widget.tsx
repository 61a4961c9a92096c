// Kernels from naive to fast, one idea a step: source, bytes and FLOPs, and the time on the reader's own device.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "kernel-steps",
  title: "Kernels, step by step",
  summary:
    "Matrix products, reads, fused layers and attention from the naive kernel to the fast one: each step’s source, work and time on this device; every other kernel’s source and work.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 1745, wide: 1125 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing scene={createScene(values)} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
