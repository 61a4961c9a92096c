// How the rows of a story are counted, for the numbers that open.
import { formatCount } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import { countRows } from "./expected.ts";
import type { Lane } from "./scene.ts";

function inputsOf({ numPromptTokens, tokens }: Lane): OpenedNumber["inputs"] {
  return [
    { symbol: "P", meaning: "tokens of the prompt", value: formatCount(numPromptTokens) },
    { symbol: "n", meaning: "tokens written", value: formatCount(tokens.length) },
  ];
}

/** The cached lane: the prompt gives the first token; then every token but the last goes through once. */
export function openRowsWithCache(lane: Lane): OpenedNumber {
  const text = formatCount(countRows(lane).on);
  const [P, n] = [lane.numPromptTokens, lane.tokens.length].map(formatCount);
  return {
    text,
    title: "Rows with the cache",
    formula: "P + (n − 1)",
    inputs: inputsOf(lane),
    substitution: `${P} + (${n} − 1) = ${text}`,
  };
}

/** The other lane: each token needs the prompt and all that was written before it. */
export function openRowsWithoutCache(lane: Lane): OpenedNumber {
  const text = formatCount(countRows(lane).off);
  const [P, n] = [lane.numPromptTokens, lane.tokens.length].map(formatCount);
  return {
    text,
    title: "Rows without the cache",
    formula: "n · P + n · (n − 1) / 2",
    inputs: inputsOf(lane),
    substitution: `${n} · ${P} + ${n} · (${n} − 1) / 2 = ${text}`,
    note: "P rows for the first token, P + 1 for the second, and so on.",
  };
}
