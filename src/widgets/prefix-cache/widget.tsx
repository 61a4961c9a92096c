// How much of the prompts a prefix cache finds, against its size: three small workloads, and a recorded trace on Run.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export const RUN_LABEL = "Run the Mooncake trace";

export default defineWidget({
  id: "prefix-cache",
  title: "Prefix-cache hit rate and the size of the cache",
  summary:
    "Hit rate against cache size for a shared system prompt, chat and unrelated prompts, through vLLM V1’s block pool; the Mooncake trace on Run.",
  parameters,
  mount: "visible",
  runLabel: RUN_LABEL,
  minHeight: { narrow: 640, wide: 520 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing scene={createScene(values)} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
