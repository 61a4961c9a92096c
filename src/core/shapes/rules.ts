// Rules for shapes that run well on tensor cores, checked on a shape: which hold, why each matters, what would help.
// After Anthony et al. 2024, "The Case for Co-Designing Model Architectures with Hardware", put into sentences of our own.
import type { GpuEntry } from "../catalog/gpus/gpus.ts";
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { requireCount } from "../roofline/require.ts";
import { shapeProducts, tiledProduct, type TiledProduct } from "./products.ts";
import { alignment } from "./tiles.ts";
import { grouped } from "../units/grouped.ts";

export interface ShapeCheck {
  readonly id: string;
  /** What is asked. */
  readonly rule: string;
  readonly isMet: boolean;
  /** What was found, and why it matters. */
  readonly why: string;
  /** What to change; absent where the rule is met. */
  readonly remedy?: string;
}

export interface ShapeCheckOptions {
  /** Rows of a step: sequences in decode, tokens in prefill. */
  readonly batch: number;
  readonly ranks: number;
}

const ELEMENT_BYTES = 2;
/** Waves count as full from here on: the rest is within what the fitted model can tell. */
const FULL_WAVES = 0.9;
/** How far a gated feed-forward width may lie from 8/3 of the model width. */
const NEAR = 0.1;

/**
 * Checks the shape rules in 16 bits, in the order in which one would repair them.
 *
 * @throws RangeError if the batch or the ranks are not positive whole numbers.
 */
export function checkShape(
  shape: ModelShape,
  gpu: GpuEntry,
  { batch, ranks }: ShapeCheckOptions,
): readonly ShapeCheck[] {
  requireCount("The batch", batch);
  requireCount("The number of ranks", ranks);
  return [
    alignedVocabulary(shape, ranks),
    aligned("width", "the model width", shape.width),
    aligned("head-width", "the head width", shape.headWidth),
    dividedHeads(shape, ranks),
    dividedKvHeads(shape, ranks),
    alignedShare("hidden-width", "feed-forward width", shape.hiddenWidth, ranks),
    gatedRatio(shape),
    wholeRows(batch),
    fullWaves(shape, gpu, { batch, ranks }),
  ];
}

function check(
  id: string,
  rule: string,
  isMet: boolean,
  { why, remedy }: { readonly why: string; readonly remedy: string },
): ShapeCheck {
  return { id, rule, isMet, why, ...(!isMet && { remedy }) };
}

function aligned(id: string, what: string, size: number): ShapeCheck {
  const { isAligned, multiple, below, above, loadBytes } = alignment(size, ELEMENT_BYTES);
  const nearest = below > 0 ? `${grouped(below)} or ${grouped(above)}` : grouped(above);
  return check(id, `${capital(what)} is a multiple of ${multiple}.`, isAligned, {
    why: isAligned
      ? `${grouped(size)} elements of 2 bytes fill whole 128-byte lines, which kernels load fastest.`
      : `${grouped(size)} elements of 2 bytes do not fill whole 128-byte lines: rows begin where only loads of ${loadBytes} bytes are aligned.`,
    remedy: `Take ${nearest}.`,
  });
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function alignedShare(id: string, what: string, size: number, ranks: number): ShapeCheck {
  if (ranks === 1) return aligned(id, `the ${what}`, size);
  const multiple = alignment(1, ELEMENT_BYTES).multiple * ranks;
  const above = Math.ceil(size / multiple) * multiple;
  const isMet = above === size;
  return check(
    id,
    `Each rank's share of the ${what} is a multiple of ${multiple / ranks}.`,
    isMet,
    {
      why: `${grouped(size)} over ${ranks} ranks is ${share(size / ranks)} a rank${isMet ? "" : ": its rows are not whole 128-byte lines"}.`,
      remedy: `Take ${grouped(above)}.`,
    },
  );
}

const share = (value: number) => grouped(value, 2);

/** Only upwards: entries can be added that no token uses, but not taken away. */
function alignedVocabulary({ vocabulary }: ModelShape, ranks: number): ShapeCheck {
  const found = alignedShare("vocabulary", "vocabulary", vocabulary, ranks);
  if (found.isMet) return found;
  const multiple = alignment(1, ELEMENT_BYTES).multiple * ranks;
  const above = Math.ceil(vocabulary / multiple) * multiple;
  return { ...found, remedy: `Pad to ${grouped(above)} with entries that no token uses.` };
}

const ranksText = (ranks: number) => (ranks === 1 ? "one rank" : `${ranks} ranks`);

/** Anthony et al. ask that b·a/t be a whole number; with one sequence a step that is a/t. */
function dividedHeads({ numHeads }: ModelShape, ranks: number): ShapeCheck {
  const isMet = numHeads % ranks === 0;
  const above = Math.ceil(numHeads / ranks) * ranks;
  return check("heads", "The heads divide evenly among the ranks.", isMet, {
    why: isMet
      ? `${numHeads} heads on ${ranksText(ranks)}: ${numHeads / ranks} each.`
      : `${numHeads} heads on ${ranksText(ranks)} leaves a part of a head, which no rank can hold.`,
    remedy: `Take ${above} heads, or a number of ranks that divides ${numHeads}.`,
  });
}

function dividedKvHeads({ numKvHeads }: ModelShape, ranks: number): ShapeCheck {
  const isMet = numKvHeads % ranks === 0;
  const heads = `${numKvHeads} KV ${numKvHeads === 1 ? "head" : "heads"}`;
  const problem =
    ranks > numKvHeads
      ? "heads are kept more than once, and the cache of all ranks together grows."
      : "some ranks would hold more of them than others.";
  return check("kv-heads", "The KV heads divide evenly among the ranks.", isMet, {
    why: isMet
      ? `${heads} on ${ranksText(ranks)}: ${numKvHeads / ranks} each, none kept twice.`
      : `${heads} on ${ranksText(ranks)}: ${problem}`,
    remedy: `Take a multiple of ${ranks} KV heads, or a number of ranks that divides ${numKvHeads}.`,
  });
}

function gatedRatio({ width, hiddenWidth, feedForward, experts }: ModelShape): ShapeCheck {
  const isGated = feedForward !== "plain";
  const usual = isGated ? (8 / 3) * width : 4 * width;
  const ratio = isGated ? "8/3" : "4";
  const distance = hiddenWidth / usual - 1;
  const isMet = experts !== undefined || Math.abs(distance) <= NEAR;
  const multiple = alignment(1, ELEMENT_BYTES).multiple;
  const nearest = Math.max(1, Math.round(usual / multiple)) * multiple;
  return check("ratio", `The feed-forward width is near ${ratio} of the model width.`, isMet, {
    why:
      experts === undefined
        ? `${grouped(hiddenWidth)} is ${share(hiddenWidth / width)} times the width; ${ratio} keeps the parameters of a ${isGated ? "plain network of 4 times the width" : "usual block"}. A rule of thumb, not of the hardware: what the hardware asks is a multiple of ${multiple}.`
        : "Experts have widths of their own; the rule is for dense blocks.",
    remedy: `Take ${grouped(nearest)}, the multiple of ${multiple} nearest to ${ratio} of the width, if nothing else speaks for ${grouped(hiddenWidth)}.`,
  });
}

/** The smallest rows of a tile; a product of fewer rows takes as long. */
const ROW_STEP = 64;

function wholeRows(batch: number): ShapeCheck {
  const above = Math.ceil(batch / ROW_STEP) * ROW_STEP;
  const rest = `${grouped(batch - above + ROW_STEP)} of the last ${ROW_STEP} rows are used`;
  return check(
    "rows",
    `The rows of a step are a multiple of ${ROW_STEP}, or fewer than that.`,
    batch <= ROW_STEP || batch === above,
    {
      why:
        batch <= ROW_STEP
          ? `${grouped(batch)} ${batch === 1 ? "row fits" : "rows fit"} in one row of the smallest tiles.`
          : batch === above
            ? `${grouped(batch)} rows fill whole tiles.`
            : `${rest}. A row of tiles costs the same full or not: Llama 2 7B's QKV product was measured on an A100 at 0.0745 ms for 128 rows and 0.132 ms for 136.`,
      remedy: `Schedule ${grouped(above)} rows, or ${grouped(above - ROW_STEP)}.`,
    },
  );
}

function fullWaves(
  shape: ModelShape,
  gpu: GpuEntry,
  { batch, ranks }: ShapeCheckOptions,
): ShapeCheck {
  const products = shapeProducts(shape, { rows: batch, ranks })
    .filter(({ id }) => id !== "head")
    .map((product) => tiledProduct(product, gpu));
  const worst = products.reduce((least, other) =>
    other.waveOccupancy < least.waveOccupancy ? other : least,
  );
  return check(
    "waves",
    `Every layer's product fills at least ${FULL_WAVES * 100} % of its waves.`,
    worst.waveOccupancy >= FULL_WAVES,
    {
      why: `${describe(worst)} on ${gpu.numSms} SMs: ${share(100 * worst.waveOccupancy)} % of the places in these waves are taken, the least of all products.`,
      remedy:
        "Change the width behind this product, or the rows, until the last wave is full; a step that is memory bound need not care.",
    },
  );
}

function describe({ name, m, n, k, blocks, waves, tile, splits }: TiledProduct): string {
  const cut = splits > 1 ? `, the inner axis in ${splits}` : "";
  return `The ${name} product (${grouped(m)} × ${grouped(n)} × ${grouped(k)}) makes ${grouped(blocks)} blocks of ${tile.join(" × ")}${cut}, in ${grouped(waves)} ${waves === 1 ? "wave" : "waves"}`;
}
