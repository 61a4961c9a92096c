// Why is my server slow: causes told from a vLLM command line, log or /metrics, each with its change put to the test.
import { defineWidget } from "../../figure/widget.ts";
import { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "slow-server",
  title: "Why is my server slow?",
  summary:
    "Paste a vllm serve line, its log or its metrics: ranked causes, the flag to change, and the change simulated.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 2192, wide: 1445 },
  provenance: { kind: "modelled" },
  poster: (values) => <Poster values={values} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values).causes[0], undefined),
  load: () => import("./view.tsx"),
});
