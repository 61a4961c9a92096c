// The reader's own ladder and roofline, beside what the maker of the A100 states.
import { defineWidget } from "../../figure/widget.ts";
import { parameters } from "./parameters.ts";
import { DEFAULT_PROVENANCE, RECORDED } from "./recorded.ts";
import { Result } from "./result.tsx";
import { createScene, describeScenes, makeTable } from "./scene.ts";

const SCENES = createScene(RECORDED === undefined ? [] : [RECORDED]);

export default defineWidget({
  id: "own-gpu",
  title: "Your GPU’s ladder and roofline",
  summary:
    "Measures how fast this device reads, multiplies and launches, and what binds a linear layer on it, beside an A100.",
  parameters,
  mount: "interaction",
  runLabel: "Measure this device",
  minHeight: RECORDED === undefined ? { narrow: 470, wide: 540 } : { narrow: 2160, wide: 1605 },
  provenance: DEFAULT_PROVENANCE,
  poster: () => <Result scenes={SCENES} />,
  describe: () => describeScenes(SCENES),
  table: () => makeTable(SCENES),
  load: () => import("./view.tsx"),
});
