// Throughput against latency as more requests arrive, with the knee and the reading speed; run by the simulator.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { describeSettings, latencyOf, makeTable, MODELLED_SWEEP } from "./scene.ts";

export default defineWidget({
  id: "throughput-latency",
  title: "Throughput against latency as more requests arrive",
  summary:
    "A simulated server under rising load: throughput, TPOT and TTFT, the knee, and the human reading speed.",
  parameters,
  mount: "interaction",
  runLabel: "Simulate these settings",
  minHeight: { narrow: 740, wide: 560 },
  provenance: { kind: "modelled" },
  poster: ({ latency }) => <Drawing sweep={MODELLED_SWEEP} latency={latency} />,
  describe: (values) => describeSettings(values, latencyOf(values.latency)),
  table: () => makeTable(MODELLED_SWEEP),
  load: () => import("./view.tsx"),
});
