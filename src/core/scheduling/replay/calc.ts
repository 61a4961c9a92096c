// Checks the small calculations among the scenarios: how many requests a number of blocks holds, and how long one may be.
import { windowBlocksPerRequest, numBlocksFor } from "../../paging/paged-cache.ts";
import type { Comparison } from "./divergence.ts";
import type { Field } from "./field.ts";

const KEYS = new Set("id source why type in out".split(" "));
const OUT_KEYS = new Set(["maxConcurrency", "estimatedMaxModelLen"]);
const TOLERANCE = 1e-6;

/** @returns the number of figures compared. */
export function replayCalc(scenario: Field, check: Comparison): number {
  const [input, out] = [scenario.get("in"), scenario.get("out")];
  check.noteUnread("", scenario.keys(), KEYS);
  check.noteUnread("out.", out.keys(), OUT_KEYS);
  let numFigures = 0;
  const compare = (field: string, calculate: (input: Field) => number): void => {
    const expected = out.find(field);
    if (!expected) return;
    check.step = numFigures;
    check.near(`out.${field}`, { expected: expected.number(), got: calculate(input) }, TOLERANCE);
    numFigures += 1;
  };
  compare("maxConcurrency", maxConcurrency);
  compare("estimatedMaxModelLen", estimatedMaxModelLen);
  return numFigures;
}

/** Blocks over what one request of the longest length takes, over all groups of layers. */
function maxConcurrency(input: Field): number {
  const groups = input.get("groups").list();
  const layers = groups.map((group) => group.get("layers").count(1));
  // A block spans the layers of a group; a smaller group fills less of it.
  const layersPerBlock = Math.max(...layers);
  const numBlocks = groups.map((group) => blocksOfGroup(input, group));
  const numUsed = numBlocks.reduce((sum, count, index) => sum + count * (layers[index] ?? 0), 0);
  return input.get("numBlocks").count(1) / Math.ceil(numUsed / layersPerBlock);
}

function blocksOfGroup(input: Field, group: Field): number {
  const blockSize = input.get("blockSize").count(1);
  const maxModelLen = input.get("maxModelLen").count(1);
  const slidingWindow = group.findValue("window")?.count(1);
  if (slidingWindow === undefined) return numBlocksFor(maxModelLen, blockSize);
  const maxNumBatchedTokens = input.get("maxNumBatchedTokens").count(1);
  return windowBlocksPerRequest({ blockSize, slidingWindow, maxModelLen, maxNumBatchedTokens });
}

/** The longest request whose blocks fit in the memory, and no longer than asked for. */
function estimatedMaxModelLen(input: Field): number {
  const blockSize = input.get("blockSize").count(1);
  const elementsPerToken = 2 * input.get("kvHeads").count(1) * input.get("headSize").count(1);
  const blockBytes =
    blockSize * elementsPerToken * input.get("dtypeBytes").number() * input.get("layers").count(1);
  const numBlocks = Math.floor(input.get("availableBytes").number() / blockBytes);
  return Math.min(input.get("maxModelLen").count(1), numBlocks * blockSize);
}
