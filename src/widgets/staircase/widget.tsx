// Why a matrix product grows in steps: tiles on SMs, wave by wave, beside times measured on real GPUs.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "staircase",
  title: "Tiles, waves and the staircase",
  summary:
    "The tiles of a matrix product on the SMs of a GPU, wave by wave, beside times measured on A100 and H100.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 955, wide: 745 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
