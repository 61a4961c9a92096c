// The same few requests under several scheduling policies: who waits, for whom, and what a step computes.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "schedule-timeline",
  title: "One list of requests, several schedulers",
  summary:
    "Requests as rows, steps as columns: static batching, Orca, vLLM with whole prompts and with chunked prefill.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 860, wide: 680 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
