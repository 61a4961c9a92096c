// What stands in the card before the run: what the paper prints.
import type { ReactNode } from "react";
import { Bars } from "../../ui/bars.tsx";
import { PAPER_ROWS } from "./paper.ts";
import { describePaper, paperBar } from "./scene.ts";

export function Poster(): ReactNode {
  return (
    <>
      <p className="paging-claim-title">Share of the KV cache that holds tokens, in the paper</p>
      <Bars bars={PAPER_ROWS.map((row) => paperBar(row))} max={1} description={describePaper()} />
      <p className="paging-claim-note">
        Orca reserves one piece of memory for a whole request: the longest length (Max), the true
        output length made a power of two (Pow2), or the true length, which nobody knows (Oracle).
        vLLM cuts memory into blocks. The run simulates all four.
      </p>
    </>
  );
}
