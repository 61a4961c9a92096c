// The claim of chapter 8: what paging is worth, simulated on the workload of the PagedAttention paper.
import { defineWidget } from "../../figure/widget.ts";
import { formatCount } from "../../ui/format.ts";
import { parameters } from "./parameters.ts";
import { PAPER } from "./paper.ts";
import { Poster } from "./poster.tsx";
import { describePaper, paperTable, PREDICTION } from "./scene.ts";

export default defineWidget({
  id: "paging-claim",
  title: "The same memory, given out in four ways",
  summary:
    "Simulates the server of the PagedAttention paper: how much of the KV cache holds tokens, and how many requests that serves.",
  parameters,
  claim: "lessons from how an OS pages memory",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Simulate",
  minHeight: { narrow: 300, wide: 230 },
  provenance: { kind: "published", source: PAPER.label },
  poster: () => <Poster />,
  describe: ({ requests }) =>
    `${describePaper()} What ${formatCount(requests)} simulated requests say is shown after your prediction.`,
  table: () => paperTable(),
  load: () => import("./view.tsx"),
});
