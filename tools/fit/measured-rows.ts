// The measured kernel times that the efficiency model is fitted on, and the two rules that say which rows are held out.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const GOLDEN = join(import.meta.dirname, "..", "..", "tests", "golden");

export type Architecture = "a100" | "h100";
export const ARCHITECTURES: readonly Architecture[] = ["a100", "h100"];

export interface GemmRow {
  readonly gpu: Architecture;
  readonly model: string;
  readonly tp: number;
  readonly tokens: number;
  readonly op: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly seconds: number;
}

export interface DecodeRow {
  readonly cached: number;
  readonly batch: number;
  readonly seconds: number;
}

export interface PrefillRow {
  readonly tp: number;
  readonly fresh: number;
  readonly cached: number;
  readonly seconds: number;
}

/** Lines that begin with # say where the file is from. */
export function readGemmRows(): GemmRow[] {
  const lines = readFileSync(join(GOLDEN, "gemm.csv"), "utf8").trim().split("\n");
  const table = lines.filter((line) => !line.startsWith("#")).slice(1);
  return table.map((line) => {
    const [gpu, model = "", tp, tokens, op = "", m, n, k, ms] = line.split(",");
    if (gpu !== "a100" && gpu !== "h100") throw new Error(`gemm.csv: no such GPU: ${line}`);
    return {
      gpu,
      model,
      tp: Number(tp),
      tokens: Number(tokens),
      op,
      m: Number(m),
      n: Number(n),
      k: Number(k),
      seconds: Number(ms) / 1000,
    };
  });
}

interface AttentionFile {
  readonly decode: readonly (readonly [cached: number, batch: number, ms: number])[];
  readonly prefill: readonly (readonly [tp: number, fresh: number, cached: number, ms: number])[];
}

export function readAttentionRows(): { decode: DecodeRow[]; prefill: PrefillRow[] } {
  const text = readFileSync(join(GOLDEN, "attention.json"), "utf8");
  const file: AttentionFile = JSON.parse(text);
  return {
    decode: file.decode.map(([cached, batch, ms]) => ({ cached, batch, seconds: ms / 1000 })),
    prefill: file.prefill.map(([tp, fresh, cached, ms]) => ({
      tp,
      fresh,
      cached,
      seconds: ms / 1000,
    })),
  };
}

export type IsHeldOut = (row: GemmRow) => boolean;

/**
 * Whole products are held out: of a GPU's distinct (n, k), ordered by n·k and then n, every second one from the first,
 * at every number of tokens. The model has then seen neither the weights' shape nor its tile counts. Shapes that two
 * models share count once, so none is on both sides; at least half of the rows are held out.
 */
export function heldOutProducts(rows: readonly GemmRow[]): IsHeldOut {
  const held = new Set(
    ARCHITECTURES.flatMap((architecture) => {
      const own = rows.filter(({ gpu }) => gpu === architecture);
      const shapes = new Map(own.map((row) => [keyOf(row), row]));
      return [...shapes]
        .toSorted(([, a], [, b]) => a.n * a.k - b.n * b.k || a.n - b.n)
        .filter((_, index) => index % 2 === 0)
        .map(([key]) => key);
    }),
  );
  return (row) => held.has(keyOf(row));
}

function keyOf({ gpu, n, k }: GemmRow): string {
  return `${gpu} ${n} ${k}`;
}

/** Every second of the measured token counts is held out, in every product: the easier question, between known points. */
export function heldOutTokens(rows: readonly GemmRow[]): IsHeldOut {
  const counts = [...new Set(rows.map(({ tokens }) => tokens))].toSorted((a, b) => a - b);
  const held = new Set(counts.filter((_, index) => index % 2 === 1));
  return ({ tokens }) => held.has(tokens);
}

/** Every second row of a list. */
export function alternate<Row>(rows: readonly Row[]): { fitted: Row[]; heldOut: Row[] } {
  return {
    fitted: rows.filter((_, index) => index % 2 === 0),
    heldOut: rows.filter((_, index) => index % 2 === 1),
  };
}
