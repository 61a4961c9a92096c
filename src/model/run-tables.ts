// The tables that a run's kernels read, as words: which row is which token of which sequence, and how to sample.
import type { Sampling } from "./engine.ts";
import { MAX_STOP_TOKENS } from "./run-arrays.ts";

/** (sequence, position) of every prompt token, sequence by sequence. */
export function promptRows(lengths: readonly number[]): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(
    lengths.flatMap((length, sequence) =>
      Array.from({ length }, (_, position) => [sequence, position]).flat(),
    ),
  );
}

/** (sequence, position) of every place, position by position, so that a longer context adds rows at the end. */
export function gridRows(numSequences: number, numRows: number): Uint32Array<ArrayBuffer> {
  const rows = new Uint32Array(2 * numRows);
  for (let row = 0; row < numRows; row++) {
    rows[2 * row] = row % numSequences;
    rows[2 * row + 1] = Math.floor(row / numSequences);
  }
  return rows;
}

export function lastRowsOf(
  lengths: readonly number[],
  isCached: boolean,
): Uint32Array<ArrayBuffer> {
  let end = 0;
  return Uint32Array.from(lengths, (length, sequence) => {
    end += length;
    return isCached ? end - 1 : (length - 1) * lengths.length + sequence;
  });
}

export function stopTokenWords(stopTokens: readonly number[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(1 + MAX_STOP_TOKENS);
  words.set([stopTokens.length, ...stopTokens]);
  return words;
}

export function samplingWords(sampling: Sampling): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(4);
  if (sampling.kind === "greedy") return words;
  const reals = new Float32Array(words.buffer);
  reals[0] = sampling.temperature;
  words[1] = sampling.topK;
  reals[2] = sampling.topP;
  words[3] = sampling.seed;
  return words;
}
