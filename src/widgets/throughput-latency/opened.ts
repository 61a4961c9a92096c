// What the figure's numbers unfold into.
import { READING_SOURCE } from "../../core/serving/reading-speed.ts";
import { formatCount, formatNumber, formatRate, formatSeconds } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import { nameOf, powerOf, type LatencyKind } from "./scene.ts";
import type { SweepCurve, SweepPoint, SweepValues } from "./sweep.ts";

const POWER = {
  label: "Tsai and Kleinrock 2025, on power",
  url: "https://doi.org/10.1016/j.comnet.2025.111153",
};
const GOODPUT = { label: "Zhong et al. 2024, DistServe", url: "https://arxiv.org/abs/2401.09670" };

/** Neighbours in the sweep show how much coarser it is than the knee. */
export function openKnee(
  { policy, points }: SweepCurve,
  knee: SweepPoint,
  latency: LatencyKind,
): OpenedNumber {
  const text = formatRate(knee.tokensPerSecond, "tokens/s");
  const index = points.indexOf(knee);
  const beside = [points[index - 1], points[index + 1]].filter((point) => point !== undefined);
  return {
    text,
    title: `Knee of ${nameOf(policy)}`,
    formula: "the point with the greatest power = throughput / latency",
    inputs: [
      { symbol: "throughput", meaning: "output tokens a second", value: text },
      { symbol: "latency", meaning: latency.label, value: formatSeconds(latency.of(knee)) },
      {
        symbol: "arrivals",
        meaning: "requests a second in this run",
        value: formatNumber(knee.rate, 2),
      },
      ...beside.map((point) => ({
        symbol: "beside it",
        meaning: `power at ${formatRate(point.tokensPerSecond, "tokens/s")}`,
        value: formatNumber(powerOf(point, latency)),
      })),
    ],
    substitution: `${text} / ${formatSeconds(latency.of(knee))} = ${formatNumber(powerOf(knee, latency))} tokens/s²`,
    note: "Of the rates that were run; the true knee lies between the neighbours. Another latency has another knee.",
    sources: [POWER],
  };
}

export function openGoodput(
  { policy }: SweepCurve,
  best: SweepPoint,
  { firstToken, perToken }: SweepValues,
): OpenedNumber {
  const text = formatRate(best.goodput, "req/s");
  return {
    text,
    title: `Best goodput of ${nameOf(policy)}`,
    formula: "goodput = requests that met the objective / time",
    inputs: [
      { symbol: "TTFT", meaning: "at most", value: `${formatCount(firstToken)} ms` },
      {
        symbol: "TPOT",
        meaning: "at most, mean of the request",
        value: `${formatCount(perToken)} ms`,
      },
      {
        symbol: "arrivals",
        meaning: "a second, where it is best",
        value: formatNumber(best.rate, 2),
      },
      { symbol: "requests", meaning: "in that run", value: formatCount(best.numRequests) },
    ],
    substitution: `${text}, where ${formatNumber(best.rate, 2)} arrive each second`,
    note: "Time runs from the first arrival to the last token, so that a run’s end counts too. 190 ms a token is the reading speed.",
    sources: [GOODPUT, { label: READING_SOURCE.title, url: READING_SOURCE.url }],
  };
}
