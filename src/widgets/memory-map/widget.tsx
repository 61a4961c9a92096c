// Why reserved memory stays empty: the same requests in one piece each, and in blocks, slot by slot over time.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, makeTable } from "./scene.ts";

export default defineWidget({
  id: "memory-map",
  title: "One memory, given out in two ways",
  summary:
    "Every slot of a KV cache over time: contiguous reservations beside paging, on the same requests, with what each wastes.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 1035, wide: 640 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values)),
  table: (values) => makeTable(createScene(values)),
  load: () => import("./view.tsx"),
});
