// The main numbers of the figure, each with its formula and the values put in. Pure.
import { bytesMoved } from "../../core/cost/cost.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import type { Stat } from "../../ui/parts.tsx";
import type { OperatorRow, RooflineScene, Step } from "./scene.ts";

const NO_BREAK = "\u00a0";

function machine({ gpu }: RooflineScene) {
  return [
    { symbol: "peak", meaning: "tensor cores, dense", value: formatSi(gpu.peakFlops, "FLOP/s") },
    {
      symbol: "bandwidth",
      meaning: "memory",
      value: formatBandwidth(gpu.bandwidth, 4),
    },
  ];
}

function datasheet({ gpu }: RooflineScene) {
  return [{ label: `${gpu.name}, read on ${gpu.source.readOn}`, url: gpu.source.url }];
}

/** FLOP a byte at which the roof bends. */
export function openRidge(scene: RooflineScene): OpenedNumber {
  const { gpu, ridge } = scene;
  const text = `${formatNumber(ridge)}${NO_BREAK}FLOP/B`;
  return {
    text,
    title: `Ridge point of the ${gpu.name}`,
    formula: "peak / bandwidth",
    inputs: machine(scene),
    substitution: `${formatSi(gpu.peakFlops, "FLOP/s")} / ${formatBandwidth(gpu.bandwidth, 4)} = ${text}`,
    sources: datasheet(scene),
  };
}

/** The roofline time of all launches of an operator. */
export function openTime(row: OperatorRow, { phase }: Step, scene: RooflineScene): OpenedNumber {
  const { operator, time } = row;
  const { cost, count } = operator;
  const text = formatSeconds(time.seconds);
  const launches = count === 1 ? "one launch" : `${formatCount(count)} launches, one a layer`;
  return {
    text,
    title: `${operator.name}: time in the ${phase}`,
    formula: "max(FLOP / peak, bytes / bandwidth)",
    inputs: [
      {
        symbol: "FLOP",
        meaning: `${operator.formula}, ${launches}`,
        value: formatSi(cost.flops, "FLOP"),
      },
      {
        symbol: "bytes",
        meaning: "read and written, each operand once",
        value: formatBytes(bytesMoved(cost)),
      },
      ...machine(scene),
    ],
    substitution: `max(${formatSeconds(time.compute)}, ${formatSeconds(time.memory)}) = ${text}`,
    sources: datasheet(scene),
  };
}

function openSum({ rows, time, phase }: Step): OpenedNumber {
  const text = formatSeconds(time.sumOfOperators);
  return {
    text,
    title: `Time of the ${phase === "prefill" ? "prefill" : "decode step"}, operator by operator`,
    formula: "sum over operators of max(FLOP / peak, bytes / bandwidth)",
    inputs: rows.map((row) => ({
      symbol: row.letter,
      meaning: row.operator.name,
      value: formatSeconds(row.time.seconds),
    })),
    substitution: `together ${text}`,
    note: "A lower bound: real kernels reach neither the peak nor the bandwidth in full, and time passes between them.",
  };
}

function openOneMax({ rows, time }: Step, scene: RooflineScene): OpenedNumber {
  const sum = (of: (row: OperatorRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const text = formatSeconds(time.oneMax);
  return {
    text,
    title: "Time of the step as if it were one operator",
    formula: "max(all FLOP / peak, all bytes / bandwidth)",
    inputs: [
      {
        symbol: "FLOP",
        meaning: "of all operators",
        value: formatSi(
          sum(({ operator }) => operator.cost.flops),
          "FLOP",
        ),
      },
      {
        symbol: "bytes",
        meaning: "of all operators",
        value: formatBytes(sum(({ operator }) => bytesMoved(operator.cost))),
      },
      ...machine(scene),
    ],
    substitution: `max(${formatSeconds(sum((row) => row.time.compute))}, ${formatSeconds(sum((row) => row.time.memory))}) = ${text}`,
    note: "This lets the arithmetic of one operator overlap with the bytes of another, which engines do not do: it never lies above the sum.",
    sources: datasheet(scene),
  };
}

/** Both forms of a step's time, and the share that waits for memory. */
export function writeStats(step: Step, scene: RooflineScene): Stat[] {
  const waiting = step.rows.filter(({ time }) => time.bound === "memory");
  const share = formatPercent(step.memoryShare);
  return [
    {
      label: "Sum",
      value: formatSeconds(step.time.sumOfOperators),
      detail: "operator by operator",
      opened: openSum(step),
    },
    {
      label: "One max",
      value: formatSeconds(step.time.oneMax),
      detail: "as one operator",
      opened: openOneMax(step, scene),
    },
    {
      label: "Waiting",
      value: share,
      detail: "for memory",
      opened: {
        text: share,
        title: "Share of the time that waits for memory",
        formula: "time of memory-bound operators / time of all",
        inputs: waiting.map((row) => ({
          symbol: row.letter,
          meaning: row.operator.name,
          value: formatSeconds(row.time.seconds),
        })),
        substitution: `${formatSeconds(waiting.reduce((sum, row) => sum + row.time.seconds, 0))} / ${formatSeconds(step.time.sumOfOperators)} = ${share}`,
      },
    },
  ];
}
