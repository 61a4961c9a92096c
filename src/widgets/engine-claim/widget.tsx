// The claim of chapter 10 held against public start-up logs: predicted KV blocks beside logged ones.
import { defineWidget } from "../../figure/widget.ts";
import { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { makeTable, PREDICTION, readClaim } from "./scene.ts";

export default defineWidget({
  id: "engine-claim",
  title: "What is left for the cache",
  summary: "KV blocks predicted from the memory left over, beside what ten vLLM logs print.",
  parameters,
  claim: "the KV cache left after the weights decides how many can be served",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Divide",
  minHeight: { narrow: 130, wide: 90 },
  provenance: { kind: "modelled" },
  poster: () => <Poster />,
  describe: () =>
    "KV blocks that vLLM logged on ten machines; the predictions are shown after yours.",
  table: () => makeTable(readClaim(), false),
  load: () => import("./view.tsx"),
});
