// Why large matrices are easy on memory: the intensity of an N×N product grows with N.
import { defineWidget } from "../../figure/widget.ts";
import { powerTicks } from "../../ui/plot.tsx";
import { Drawing } from "./drawing.tsx";
import { parameters } from "./parameters.ts";
import { createScene, describeScene, MAX_N, MIN_N } from "./scene.ts";

export default defineWidget({
  id: "square-matmul",
  title: "The larger the matrices, the more work for each byte",
  summary:
    "Arithmetic intensity of an N×N matrix product against N, and where it crosses the ridge.",
  parameters,
  mount: "visible",
  minHeight: { narrow: 720, wide: 445 },
  provenance: { kind: "modelled" },
  poster: (values) => <Drawing values={values} />,
  describe: (values) => describeScene(createScene(values), values),
  table: (values) => {
    const sizes = [...new Set([...powerTicks(2, MIN_N, MAX_N), values.n])].toSorted(
      (a, b) => a - b,
    );
    return {
      caption: `Products of N×N matrices on the ${createScene(values).gpu.name}`,
      columns: ["N", "FLOP", "Bytes", "FLOP/B", "Memory (s)", "Arithmetic (s)", "Bound by"],
      rows: sizes.map((n) => {
        const { cost, intensity, time } = createScene({ ...values, n });
        const moved = cost.bytesRead + cost.bytesWritten;
        return [n, cost.flops, moved, intensity, time.memory, time.compute, time.bound];
      }),
    };
  },
  load: () => import("./view.tsx"),
});
