// The claim of chapter 9, tested by simulation: what waiting for the slowest one costs those who are not slow.
import { defineWidget } from "../../figure/widget.ts";
import { formatCount } from "../../ui/format.ts";
import { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { MEAN_OUTPUT, MEAN_PROMPT, NUM_REQUESTS, NUM_SEEDS, PREDICTION } from "./scene.ts";

export default defineWidget({
  id: "continuous-claim",
  title: "Waiting for the slowest one",
  summary: "Simulates how long short requests wait under static and under continuous batching.",
  parameters,
  claim: "new requests should not wait for the slowest one",
  prediction: PREDICTION,
  mount: "interaction",
  runLabel: "Simulate",
  minHeight: { narrow: 150, wide: 110 },
  provenance: { kind: "modelled" },
  poster: () => <Poster />,
  describe: ({ rate, seats }) =>
    `${formatCount(NUM_SEEDS)} draws of ${formatCount(NUM_REQUESTS)} requests, ${rate} a second, at most ${formatCount(seats)} at once, under static and under continuous batching; the waits are shown after your prediction.`,
  table: ({ rate, spread, seats }) => ({
    caption: "What is simulated",
    columns: ["Quantity", "Value"],
    rows: [
      ["Draws", NUM_SEEDS],
      ["Requests in each", NUM_REQUESTS],
      ["Arrivals (a second)", rate],
      ["Mean prompt (tokens)", MEAN_PROMPT],
      ["Mean output (tokens)", MEAN_OUTPUT],
      ["Spread of the output", spread],
      ["Requests at once", seats],
    ],
  }),
  load: () => import("./view.tsx"),
});
