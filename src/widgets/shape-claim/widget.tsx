// The claim of chapter 12, answered by one published measurement: eight more tokens.
import { defineWidget } from "../../figure/widget.ts";
import { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { makeTable, PREDICTION, readClaim } from "./scene.ts";

export default defineWidget({
  id: "shape-claim",
  title: "Eight more tokens on an A100",
  summary: "What a real matrix product costs at 128 tokens and at 136: a published measurement.",
  parameters,
  claim: "there is a sweet-spot matmul size",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Look it up",
  minHeight: { narrow: 130, wide: 90 },
  provenance: { kind: "published", source: "microsoft/vidur, MIT, commit 7d47513" },
  poster: () => <Poster />,
  describe: () =>
    "Times of Llama 2 7B’s QKV product on an A100 up to 128 tokens; those above are shown after your prediction.",
  table: () => makeTable(readClaim(), 128),
  load: () => import("./view.tsx"),
});
