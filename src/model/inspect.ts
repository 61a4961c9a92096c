// Reads the real queries, keys, values and attention weights of one head, for figures that draw them.
import type { ArrayData, Operation, PassPart } from "../gpu/backend.ts";
import { rowStride } from "../gpu/kernel.ts";
import type { AttentionSnapshot, InspectRequest } from "./engine.ts";
import type { RunSession } from "./run-session.ts";
import { compiled, runInPieces, unitOf, type Interrupted } from "./submissions.ts";

/** @param session - unfused, one sequence of T tokens, with room for all rows in one pass. */
export async function inspectHead(
  session: RunSession,
  { layer, head }: Pick<InspectRequest, "layer" | "head">,
  isInterrupted: Interrupted,
): Promise<AttentionSnapshot> {
  const { backend, model } = session.host;
  const { unfused, queries, nextTokens } = session.arrays;
  if (!unfused) throw new Error("Attention is inspected on the unfused path, which stores scores.");
  const { numHeads, numKvHeads, headWidth } = model.config.shape;
  const numTokens = session.longest;
  const { capacity } = session.run;
  const operations = session.tableOperations();
  const last = operations.findIndex(({ label }) => label === `layer ${layer} softmax`) + 1;
  const pass = session.tablePasses(numTokens, numTokens)[0] ?? session.decodePass();
  const partOf = async (some: readonly Operation[], rows = pass): Promise<PassPart> => ({
    program: await compiled(backend.prepare(some), isInterrupted),
    pass: rows,
  });
  const kvHead = Math.floor(head / (numHeads / numKvHeads));
  const whole = (array: typeof queries) => ({ array, offset: 0, length: array.length });
  const run = (parts: readonly PassPart[], arrays: readonly (typeof queries)[]) =>
    runInPieces(session.host, {
      units: parts.map((part) => unitOf("inspect", [part])),
      readbacks: arrays.map(whole),
      isInterrupted,
    });
  const upToWeights = await run(
    [await partOf(operations.slice(0, last))],
    [queries, unfused.keys, unfused.values, unfused.scores],
  );
  const rest = await run(
    [
      await partOf(operations.slice(last)),
      await partOf(session.tableHeadOperations(), session.decodePass()),
    ],
    [nextTokens],
  );
  const [q, k, v, weights] = upToWeights.data;
  const headRows = (data: ArrayData | undefined, index: number, count: number) =>
    columns(data, {
      numRows: numTokens,
      stride: rowStride(count * headWidth),
      first: index * headWidth,
      width: headWidth,
    });
  return {
    numTokens,
    headWidth,
    queries: headRows(q, head, numHeads),
    keys: headRows(k, kvHead, numKvHeads),
    values: headRows(v, kvHead, numKvHeads),
    weights: lowerTriangle(weights, { numTokens, numHeads, head, capacity }),
    nextToken: rest.data[0]?.[0] ?? 0,
  };
}

function columns(
  data: ArrayData | undefined,
  block: { numRows: number; stride: number; first: number; width: number },
): Float32Array {
  const result = new Float32Array(block.numRows * block.width);
  for (let row = 0; row < block.numRows; row++) {
    const start = row * block.stride + block.first;
    if (data) result.set(data.subarray(start, start + block.width), row * block.width);
  }
  return result;
}

/** Scores beyond a row's own position were never written: they are zero by causality. */
function lowerTriangle(
  data: ArrayData | undefined,
  {
    numTokens,
    numHeads,
    head,
    capacity,
  }: { numTokens: number; numHeads: number; head: number; capacity: number },
): Float32Array {
  const result = new Float32Array(numTokens * numTokens);
  for (let row = 0; row < numTokens; row++) {
    const start = (row * numHeads + head) * capacity;
    if (data) result.set(data.subarray(start, start + row + 1), row * numTokens);
  }
  return result;
}
