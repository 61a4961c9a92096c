// Throughput of a GPU against the pace of one request, over the number of requests at once.
import type { ReactNode } from "react";
import type { LoadFigures } from "../../core/serving/load.ts";
import { readingSpeed } from "../../core/serving/reading-speed.ts";
import { counted } from "../../core/units/grouped.ts";
import { LineChart } from "../../ui/chart.tsx";
import { formatCount, formatNumber } from "../../ui/format.ts";
import type { Running } from "./scene.ts";

/** Room above the curves for the word at the reading speed. */
const HEADROOM = 1.15;
const CURVE_STYLE = { roofline: 0, fitted: 1, chosen: 3 } as const;

/** "1, 2, 4, 8 … 172". */
export function listBatches({ rooflineCurve }: Running): string {
  const batches = rooflineCurve.map(({ batch }) => formatCount(batch));
  return batches.length <= 5
    ? batches.join(", ")
    : `${batches.slice(0, 4).join(", ")} … ${batches.at(-1)}`;
}

const place = (load: LoadFigures) => ({
  x: load.tokensPerSecondPerUser,
  y: load.tokensPerSecondPerGpu,
});

export function ParetoChart({ running }: { readonly running: Running }): ReactNode {
  const { rooflineCurve, fittedCurve, roofline, fitted } = running;
  const most = rooflineCurve.at(-1)?.batch ?? 1;
  const batch = formatCount(roofline.batch);
  const highest = Math.max(...rooflineCurve.map((point) => point.tokensPerSecondPerGpu));
  return (
    <LineChart
      description={`Throughput of one GPU against the pace of one request, for 1 to ${counted(most, "request")} at once: ${batch} give each ${formatNumber(fitted.tokensPerSecondPerUser)} tokens a second and each GPU ${formatNumber(fitted.tokensPerSecondPerGpu)} by the fitted times.`}
      height={300}
      x={{ label: "Pace of one request (tokens/s)", min: 0 }}
      y={{ label: "Throughput of one GPU (tokens/s)", min: 0, max: HEADROOM * highest }}
      series={[
        {
          id: "roofline",
          label: "roofline",
          style: CURVE_STYLE.roofline,
          points: rooflineCurve.map(({ load }) => place(load)),
        },
        {
          id: "fitted",
          label: "fitted",
          style: CURVE_STYLE.fitted,
          points: fittedCurve.map(({ load }) => place(load)),
        },
        {
          id: "chosen",
          label: `${counted(roofline.batch, "request")} at once`,
          mark: "points",
          style: CURVE_STYLE.chosen,
          points: [place(roofline), place(fitted)],
        },
      ]}
      rules={[
        {
          axis: "x",
          value: readingSpeed(),
          label: `reading, ${formatNumber(readingSpeed(), 2)} tokens/s`,
        },
      ]}
    />
  );
}
