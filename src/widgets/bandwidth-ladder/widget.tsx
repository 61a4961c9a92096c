// The memory of a GPU as a ladder: each level's bandwidth beside the rate of the tensor cores.
import { defineWidget } from "../../figure/widget.ts";
import { describeScene, createScene } from "./scene.ts";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";

export default defineWidget({
  id: "bandwidth-ladder",
  title: "The bandwidth ladder",
  summary:
    "How fast each level of memory brings bytes, from registers to disk, beside the tensor cores; also in human time.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 535, wide: 515 },
  provenance: { kind: "published", source: "makers’ figures, and what follows from them" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values), values),
  table: (values) => {
    const { gpu, rungs } = createScene(values);
    return {
      caption: `${gpu.name}, 16-bit tensor cores at ${gpu.peakFlops} FLOP/s`,
      columns: ["Level", "Holds", "Bytes a second", "FLOP in the time of one byte"],
      rows: rungs.map(({ label, note, rate, flopsPerByte }) => [label, note, rate, flopsPerByte]),
    };
  },
  load: () => import("./view.tsx"),
});
