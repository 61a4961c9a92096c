// What the figure's numbers unfold into.
import type { OpenedNumber } from "../../ui/opened.tsx";
import { BLOCK_SIZE, NUM_BLOCKS } from "./machine.ts";
import type { Usage } from "./scene.ts";

const PAPER = {
  label: "Kwon et al. 2023, PagedAttention",
  url: "https://arxiv.org/abs/2309.06180",
};

export function openUsed({ numFree, numUsed }: Usage): OpenedNumber {
  return {
    text: `${numUsed} of ${NUM_BLOCKS}`,
    title: "Blocks in use",
    formula: "used = all − free",
    inputs: [
      { symbol: "all", meaning: "blocks that can be handed out", value: String(NUM_BLOCKS) },
      { symbol: "free", meaning: "blocks without a reference", value: String(numFree) },
    ],
    substitution: `${NUM_BLOCKS} − ${numFree} = ${numUsed}`,
    note: "A cached block that nobody uses is free: it can be handed out at any time.",
  };
}

export function openShared({ numReferences, numUsed }: Usage): OpenedNumber {
  const numSaved = numReferences - numUsed;
  return {
    text: String(numSaved),
    title: "Blocks saved by sharing",
    formula: "saved = references − used",
    inputs: [
      {
        symbol: "references",
        meaning: "entries of all block tables",
        value: String(numReferences),
      },
      { symbol: "used", meaning: "blocks with a reference", value: String(numUsed) },
    ],
    substitution: `${numReferences} − ${numUsed} = ${numSaved}`,
    note: "Without sharing, every table entry would be a block of its own.",
    sources: [PAPER],
  };
}

export function openEmpty({ numEmpty, numUsed }: Usage): OpenedNumber {
  const numSlots = numUsed * BLOCK_SIZE;
  return {
    text: String(numEmpty),
    title: "Empty slots of blocks in use",
    formula: "empty = used · P − tokens stored",
    inputs: [
      { symbol: "used", meaning: "blocks with a reference", value: String(numUsed) },
      { symbol: "P", meaning: "tokens a block", value: String(BLOCK_SIZE) },
      {
        symbol: "tokens stored",
        meaning: "a shared token once",
        value: String(numSlots - numEmpty),
      },
    ],
    substitution: `${numUsed} · ${BLOCK_SIZE} − ${numSlots - numEmpty} = ${numEmpty}`,
    note: "Less than one block for each sequence: only a last block is partly empty. Real blocks hold 16 tokens.",
    sources: [PAPER],
  };
}
