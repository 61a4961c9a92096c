// What the figure's numbers unfold into.
import { formatCount, formatPercent } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import { shareOf, type MapScene, type Panel } from "./scene.ts";

export function openShare({ name, frame, blockSize }: Panel, step: number): OpenedNumber {
  const { stored, capacity, internal } = frame.use;
  const text = formatPercent(shareOf(frame, "stored"));
  return {
    text,
    title: `Share of the memory that holds tokens, ${name}`,
    formula: "share = slots with a token / slots",
    inputs: [
      {
        symbol: "slots with a token",
        meaning: `of ${formatCount(frame.numRunning)} running requests, at step ${formatCount(step)}`,
        value: formatCount(stored),
      },
      { symbol: "slots", meaning: "of the whole memory", value: formatCount(capacity) },
    ],
    substitution: `${formatCount(stored)} / ${formatCount(capacity)} = ${text}`,
    note:
      blockSize === undefined
        ? "The rest is reserved for tokens to come, reserved for tokens that never come, lost between regions, or free."
        : `The rest is free, or the empty end of a last block: ${formatCount(internal)} slots, though some of those will be filled.`,
  };
}

export function openAnswered({ reserved, paged, step, numArrived }: MapScene): OpenedNumber {
  const [before, after] = [reserved, paged].map(({ frame }) => formatCount(frame.numAnswered));
  return {
    text: `${before} → ${after}`,
    title: "Requests answered",
    formula: "requests whose last token was made in an earlier step",
    inputs: [
      { symbol: "come", meaning: "requests so far", value: formatCount(numArrived) },
      ...[reserved, paged].map(({ name, frame }) => ({
        symbol: name,
        meaning: `answered; ${formatCount(frame.numRunning)} running, ${formatCount(frame.numWaiting)} waiting`,
        value: formatCount(frame.numAnswered),
      })),
    ],
    substitution: `by step ${formatCount(step)}: ${before} and ${after}`,
    note: "Both take the same number of steps. A step with more requests takes somewhat longer, which this figure leaves out.",
  };
}
