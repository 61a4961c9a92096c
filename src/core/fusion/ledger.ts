// What fusion saves: the bytes that each kernel of a few operations reads and writes, apart and as one kernel.
import { requireCount, requirePositive } from "../roofline/require.ts";
import { bytes, type Bytes } from "../units/units.ts";

/** One array that a kernel reads or writes whole. */
export interface LedgerArray {
  readonly name: string;
  /** Its axes in the shape key's letters, such as "B·N". */
  readonly shape: string;
  readonly bytes: Bytes;
}

/** One kernel: launched once, its arrays each moved once. */
export interface LedgerStep {
  readonly name: string;
  readonly reads: readonly LedgerArray[];
  readonly writes: readonly LedgerArray[];
  readonly bytesRead: Bytes;
  readonly bytesWritten: Bytes;
}

/** The same results with one kernel an operation, and with one kernel for all. */
export interface FusionLedger {
  readonly unfused: readonly LedgerStep[];
  readonly fused: readonly LedgerStep[];
  readonly unfusedBytes: Bytes;
  readonly fusedBytes: Bytes;
  /** Bytes that need not move, over the bytes that moved; in [0, 1). */
  readonly savingFraction: number;
}

interface Sizes {
  /** K: elements of a row that goes in. */
  readonly inputs: number;
  /** N: elements of a row that comes out. */
  readonly outputs: number;
  /** B: rows. */
  readonly batch: number;
  /** 2 for fp16 and bf16. */
  readonly bytesPerElement: number;
}

/**
 * A linear layer (no bias) and a ReLU. Unfused the output is written, read and written again; fused the ReLU is applied
 * before the output leaves the SM, which saves `2·B·N` elements.
 *
 * @throws RangeError if a size is not a positive whole number, or `bytesPerElement` is not positive.
 */
export function linearReluLedger({ inputs, outputs, batch, bytesPerElement }: Sizes): FusionLedger {
  requireSizes({ inputs, outputs, batch, bytesPerElement });
  const input = arrayOf("input", "B·K", batch * inputs, bytesPerElement);
  const weight = arrayOf("weight", "K·N", inputs * outputs, bytesPerElement);
  const linear = arrayOf("linear output", "B·N", batch * outputs, bytesPerElement);
  const output = arrayOf("output", "B·N", batch * outputs, bytesPerElement);
  return ledgerOf(
    [stepOf("Linear", [input, weight], [linear]), stepOf("ReLU", [linear], [output])],
    [stepOf("LinearReLU", [input, weight], [output])],
  );
}

/**
 * The gated half of a feed-forward network, `silu(x·Wg) ⊙ (x·Wu)`: two products, SiLU and the elementwise product.
 * Fused, one kernel makes both products and writes only their gated result. That saves the second read of the input,
 * `B·D`, and the writing and reading of three intermediates, `6·B·F`.
 *
 * @throws RangeError if a size is not a positive whole number, or `bytesPerElement` is not positive.
 */
export function swigluLedger(sizes: {
  /** D: model width. */
  readonly width: number;
  /** F: feed-forward width. */
  readonly hiddenWidth: number;
  readonly batch: number;
  readonly bytesPerElement: number;
}): FusionLedger {
  const { width, hiddenWidth, batch, bytesPerElement } = sizes;
  requireSizes({ inputs: width, outputs: hiddenWidth, batch, bytesPerElement });
  const hidden = (name: string) => arrayOf(name, "B·F", batch * hiddenWidth, bytesPerElement);
  const matrix = (name: string) => arrayOf(name, "D·F", width * hiddenWidth, bytesPerElement);
  const input = arrayOf("input", "B·D", batch * width, bytesPerElement);
  const [gateWeight, upWeight] = [matrix("gate weight"), matrix("up weight")];
  const [gate, up, silu, output] = [
    hidden("gate"),
    hidden("up"),
    hidden("SiLU of gate"),
    hidden("output"),
  ];
  return ledgerOf(
    [
      stepOf("Gate product", [input, gateWeight], [gate]),
      stepOf("Up product", [input, upWeight], [up]),
      stepOf("SiLU", [gate], [silu]),
      stepOf("Elementwise product", [silu, up], [output]),
    ],
    [stepOf("Gate, up, SiLU and product", [input, gateWeight, upWeight], [output])],
  );
}

/**
 * Adding a block's output to the residual stream and normalising the sum for the next block (RMSNorm). Fused, the sum is
 * kept in registers between both and is written but not read back, which saves `B·D` elements of `5·B·D + D`.
 *
 * @throws RangeError if a size is not a positive whole number, or `bytesPerElement` is not positive.
 */
export function normResidualLedger(sizes: {
  /** D: model width. */
  readonly width: number;
  readonly batch: number;
  readonly bytesPerElement: number;
}): FusionLedger {
  const { width, batch, bytesPerElement } = sizes;
  requireSizes({ inputs: width, outputs: width, batch, bytesPerElement });
  const rows = (name: string) => arrayOf(name, "B·D", batch * width, bytesPerElement);
  const [residual, branch, sum, output] = [
    rows("residual stream"),
    rows("block output"),
    rows("sum"),
    rows("normalised"),
  ];
  const weight = arrayOf("norm weight", "D", width, bytesPerElement);
  return ledgerOf(
    [stepOf("Add residual", [residual, branch], [sum]), stepOf("RMSNorm", [sum, weight], [output])],
    [stepOf("Add and RMSNorm", [residual, branch, weight], [sum, output])],
  );
}

function requireSizes({ inputs, outputs, batch, bytesPerElement }: Sizes): void {
  requireCount("The width that goes in", inputs);
  requireCount("The width that comes out", outputs);
  requireCount("The batch", batch);
  requirePositive("The bytes of an element", bytesPerElement);
}

function arrayOf(name: string, shape: string, elements: number, perElement: number): LedgerArray {
  return { name, shape, bytes: bytes(elements * perElement) };
}

function totalOf(arrays: readonly { readonly bytes: Bytes }[]): Bytes {
  return bytes(arrays.reduce((sum, array) => sum + array.bytes, 0));
}

function stepOf(
  name: string,
  reads: readonly LedgerArray[],
  writes: readonly LedgerArray[],
): LedgerStep {
  return { name, reads, writes, bytesRead: totalOf(reads), bytesWritten: totalOf(writes) };
}

function ledgerOf(unfused: readonly LedgerStep[], fused: readonly LedgerStep[]): FusionLedger {
  const moved = (steps: readonly LedgerStep[]) =>
    bytes(steps.reduce((sum, step) => sum + step.bytesRead + step.bytesWritten, 0));
  const [unfusedBytes, fusedBytes] = [moved(unfused), moved(fused)];
  return {
    unfused,
    fused,
    unfusedBytes,
    fusedBytes,
    savingFraction: 1 - fusedBytes / unfusedBytes,
  };
}
