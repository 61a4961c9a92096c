// Paging in an operating system and in a KV cache, pair by pair, with the place where each likeness ends.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "os-paging",
  title: "Paging, in an operating system and in a KV cache",
  summary:
    "One state drawn twice, as pages and frames and as KV blocks: choose a pair to see both parts, and where the likeness ends.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 1100, wide: 570 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing scene={createScene(values)} />,
  describe: (values) => describeScene(createScene(values)),
  table: () => makeTable(),
  load: () => import("./view.tsx"),
});
