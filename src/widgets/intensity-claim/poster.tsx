// What stands in the card before it is worked out: the layer and the GPU.
import type { ReactNode } from "react";
import { formatBandwidth, formatSi } from "../../ui/format.ts";
import { Stats } from "../../ui/parts.tsx";
import { getGpu, RUNS_ON } from "./scene.ts";

export function Poster(): ReactNode {
  const gpu = getGpu();
  return (
    <>
      <Stats
        stats={[
          { label: "Weights", value: "1,024 × 4,096", detail: "2 bytes each" },
          {
            label: "Tensor cores",
            value: formatSi(gpu.peakFlops, "FLOP/s"),
            detail: gpu.name.replace("NVIDIA ", ""),
          },
          { label: "Memory", value: formatBandwidth(gpu.bandwidth, 4), detail: "read or written" },
        ]}
      />
      <p className="intensity-claim-note">{RUNS_ON}</p>
    </>
  );
}
