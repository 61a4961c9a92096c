// The block manager by hand: logical blocks, block tables, physical blocks and the free queue, a press a step.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "block-table",
  title: "The block manager, step by step",
  summary:
    "Sequences, their block tables, physical blocks and the free queue under vLLM’s own rules: admit, append, fork, copy, hit, evict; forwards and back.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 1370, wide: 820 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing scene={createScene(values)} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
