// The serving simulator: a scenario in, latencies, throughput and the use of memory out.
import { defineWidget } from "../../figure/widget.ts";
import { AskedWords } from "./asked.tsx";
import { parameters } from "./parameters.ts";
import { ask, describeAsked, tableOfAsked } from "./scene.ts";

export default defineWidget({
  id: "simulator",
  title: "A server under load, simulated",
  summary:
    "Requests from a trace or drawn at random, a scheduling policy or two, and what follows: latencies, throughput, goodput, use of the KV cache, preemptions, prefix hits.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 420, wide: 280 },
  provenance: { kind: "modelled" },
  poster: (values) => <AskedWords asked={ask(values)} />,
  describe: (values) => describeAsked(ask(values)),
  table: (values) => tableOfAsked(ask(values)),
  load: () => import("./view.tsx"),
});
