// Values about the KV cache in blocks: how many a text takes, what stays empty, and what a block and its entry weigh.
import { kvBytesPerToken } from "../../core/cost/kv-cache.ts";
import { numBlocksFor } from "../../core/paging/paged-cache.ts";
import { formatBytes, formatCount, formatPercent } from "../../ui/format.ts";
import { countInput, modelSource, type ValueDefinition } from "./value.ts";

/** Blocks of a text. */
export const kvBlocks: ValueDefinition = (args) => {
  const [tokens, block] = [args.number("tokens"), args.number("block")];
  const text = formatCount(numBlocksFor(tokens, block));
  return {
    text,
    title: `Blocks of ${formatCount(tokens)} tokens`,
    formula: String.raw`\lceil n / P \rceil`,
    inputs: [countInput("n", "tokens", tokens), countInput("P", "tokens a block", block)],
    substitution: `⌈${formatCount(tokens)} / ${formatCount(block)}⌉ = ${text}`,
  };
};

/** Slots of the last block that hold nothing. */
export const emptySlots: ValueDefinition = (args) => {
  const [tokens, block] = [args.number("tokens"), args.number("block")];
  const blocks = numBlocksFor(tokens, block);
  const text = formatCount(blocks * block - tokens);
  return {
    text,
    title: `Empty slots behind ${formatCount(tokens)} tokens`,
    formula: String.raw`\lceil n / P \rceil \cdot P - n`,
    inputs: [countInput("n", "tokens", tokens), countInput("P", "tokens a block", block)],
    substitution: `${formatCount(blocks)} · ${formatCount(block)} − ${formatCount(tokens)} = ${text}`,
  };
};

/** Share of a text's blocks that is empty, on average over texts of about this length. */
export const meanBlockWaste: ValueDefinition = (args) => {
  const [tokens, block] = [args.number("tokens"), args.number("block")];
  const empty = (block - 1) / 2;
  const text = formatPercent(empty / (tokens + empty));
  return {
    text,
    title: `Empty share of blocks of ${formatCount(block)}`,
    formula: String.raw`\frac{(P - 1)/2}{n + (P - 1)/2}`,
    inputs: [countInput("n", "tokens, about", tokens), countInput("P", "tokens a block", block)],
    substitution: `${empty} / (${formatCount(tokens)} + ${empty}) = ${text}`,
    note: "As if the last block were filled with 1 to P tokens, each as often as the others.",
  };
};

/** Share of a reservation that a text fills at its end. */
export const reservedShare: ValueDefinition = (args) => {
  const [tokens, reserved] = [args.number("tokens"), args.number("reserved")];
  const text = formatPercent(tokens / reserved);
  return {
    text,
    title: "Share of a reservation that is filled at the end",
    formula: String.raw`n / r`,
    inputs: [
      countInput("n", "tokens, prompt and output", tokens),
      countInput("r", "slots reserved", reserved),
    ],
    substitution: `${formatCount(tokens)} / ${formatCount(reserved)} = ${text}`,
  };
};

/** Texts that a cache has room for, in pieces of a fixed size. */
export const textsThatFit: ValueDefinition = (args) => {
  const [slots, piece] = [args.number("slots"), args.number("piece")];
  const text = formatCount(Math.floor(slots / piece));
  return {
    text,
    title: "Texts that the cache has room for",
    formula: String.raw`\lfloor S / r \rfloor`,
    inputs: [
      countInput("S", "slots of the cache", slots),
      countInput("r", "slots that each text takes", piece),
    ],
    substitution: `⌊${formatCount(slots)} / ${formatCount(piece)}⌋ = ${text}`,
  };
};

/** Bytes of a block over all layers. */
export const blockBytes: ValueDefinition = (args) => {
  const model = args.model();
  const [block, element] = [args.number("block"), args.number("bytes")];
  const perToken = kvBytesPerToken(model.shape, element);
  const text = formatBytes(block * perToken);
  return {
    text,
    title: `A KV block of ${model.name}`,
    formula: String.raw`P \cdot 2 \cdot L \cdot K \cdot H \cdot b`,
    inputs: [
      countInput("P", "tokens a block", block),
      {
        symbol: String.raw`2 \cdot L \cdot K \cdot H \cdot b`,
        meaning: "bytes of a token",
        value: `${formatCount(perToken)} B`,
      },
    ],
    substitution: `${formatCount(block)} · ${formatCount(perToken)} B = ${text}`,
    sources: [modelSource(model)],
  };
};

/** A table entry is a 32-bit number. */
const ENTRY_BYTES = 4;

/** An entry of the table over the keys and values that it leads to, in one layer. */
export const tableShare: ValueDefinition = (args) => {
  const model = args.model();
  const [block, element] = [args.number("block"), args.number("bytes")];
  const layerBytes = (block * kvBytesPerToken(model.shape, element)) / model.shape.numLayers;
  const text = formatPercent(ENTRY_BYTES / layerBytes, 1);
  return {
    text,
    title: `A table entry over what it leads to, ${model.name}`,
    formula: String.raw`\frac{4}{P \cdot 2 \cdot K \cdot H \cdot b}`,
    inputs: [
      { symbol: "4", meaning: "bytes of an entry", value: `${ENTRY_BYTES} B` },
      countInput("P", "tokens a block", block),
      {
        symbol: String.raw`P \cdot 2 \cdot K \cdot H \cdot b`,
        meaning: "keys and values of a block in a layer",
        value: `${formatCount(layerBytes)} B`,
      },
    ],
    substitution: `${ENTRY_BYTES} B / ${formatCount(layerBytes)} B = ${text}`,
    sources: [modelSource(model)],
  };
};
