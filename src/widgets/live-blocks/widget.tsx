// The block tables of the engine that runs in the page, read back from the device while it serves four requests.
import { defineWidget } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, DESCRIPTION, makeTable } from "./scene.ts";

export default defineWidget({
  id: "live-blocks",
  title: "The block tables of the live engine",
  summary:
    "The page’s own engine serves four requests with a paged KV cache; their block tables and the pool are read back from the device after each step.",
  parameters,
  mount: "interaction",
  runLabel: "Run on this device",
  minHeight: { narrow: 1260, wide: 680 },
  provenance: { kind: "measured", device: "this device, when you press Run" },
  poster: () => <Drawing moment={undefined} />,
  describe: () => DESCRIPTION,
  table: ({ stride }) => makeTable(createScene(undefined), stride),
  load: () => import("./view.tsx"),
});
