// Q, Kᵀ, V and the attention weights of one head of the story model, token by token.
import { defineWidget } from "../../figure/widget.ts";
import { EmptyPicture } from "./counts.tsx";
import { parameters } from "./parameters.ts";
import { findPosterPicture, RECORDED_ON } from "./recorded.ts";
import { describeSizes } from "./scene.ts";
import { makeTable } from "./table.ts";

export default defineWidget({
  id: "qkv-growth",
  title: "Q, Kᵀ, V and the scores, token by token",
  summary: "Step a real model and watch which rows and columns of attention are new.",
  parameters,
  mount: "interaction",
  runLabel: "Load the model and step",
  minHeight: { narrow: 587, wide: 724 },
  provenance: { kind: "recorded", ...RECORDED_ON },
  poster: (values) => <EmptyPicture values={values} />,
  describe: (values) => {
    const known = findPosterPicture(values);
    if (known === undefined) {
      return `Step ${values.step} after the opening “${values.prompt}”, with the cache ${values.cache ? "on" : "off"}.`;
    }
    return describeSizes({ ...values, numPrompt: known.numPrompt }, known.headWidth);
  },
  table: (values) => {
    const known = findPosterPicture(values);
    if (known === undefined) {
      return { caption: "Sizes follow once the model has cut the opening.", columns: [], rows: [] };
    }
    return makeTable({ ...values, numPrompt: known.numPrompt }, known.headWidth);
  },
  load: () => import("./view.tsx"),
});
