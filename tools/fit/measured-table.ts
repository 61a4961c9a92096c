// The measured products as the compact table that src/core keeps for figures: a line a product, a time a token count.
import type { GemmRow } from "./measured-rows.ts";

/** The profile's names beside the project's. */
const MODELS: Readonly<Record<string, string>> = {
  "Llama-2-7b-hf": "llama-2-7b",
  "Llama-2-70b-hf": "llama-2-70b",
  "Meta-Llama-3-8B": "llama-3-8b",
};

const OPERATORS: Readonly<Record<string, string>> = {
  attn_pre_proj: "qkv",
  attn_post_proj: "attention-out",
  mlp_up_proj: "gate-up",
  mlp_down_proj: "down",
};

function named(names: Readonly<Record<string, string>>, name: string): string {
  const found = names[name];
  if (found === undefined) throw new Error(`No name is known for ${name} in gemm.csv.`);
  return found;
}

/** TypeScript source of src/core/roofline/measured/gemm-table.ts. */
export function measuredTable(rows: readonly GemmRow[]): string {
  const tokens = [...new Set(rows.map((row) => row.tokens))].toSorted((a, b) => a - b);
  const products = new Map<string, Map<number, number>>();
  for (const row of rows) {
    const { gpu, model, tp, op, n, k } = row;
    const key = [gpu, named(MODELS, model), tp, named(OPERATORS, op), n, k].join(" ");
    const times = products.get(key) ?? new Map<number, number>();
    products.set(key, times.set(row.tokens, row.seconds));
  }
  const lines = [...products].map(([key, times]) => {
    const micros = tokens.map((count) => {
      const time = times.get(count);
      if (time === undefined) throw new Error(`gemm.csv has no time of ${key} at ${count} tokens.`);
      return Number((time * 1e6).toFixed(1));
    });
    return JSON.stringify(`${key} ${micros.join(" ")}`);
  });
  return `// Written by tools/fit/gemm.ts from tests/golden/gemm.csv: median times of matrix products on real GPUs, from the
// profiling data of microsoft/vidur (MIT licence, commit 7d47513).

/** Rows m of the products: tokens of the pass. */
export const MEASURED_TOKENS: readonly number[] = [${tokens.join(", ")}];

/** A line: GPU, model, ranks, operator, n, k, then the time in µs at each of the token counts. */
export const MEASURED_PRODUCTS: readonly string[] = [
  ${lines.join(",\n  ")},
];
`;
}
