// What the picture shows: every array that the kernels move, apart and fused, and which moves fusion removes. Pure.
import { findGpu, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import {
  linearReluLedger,
  normResidualLedger,
  swigluLedger,
  type FusionLedger,
  type LedgerArray,
  type LedgerStep,
} from "../../core/fusion/ledger.ts";
import { timeOfCost } from "../../core/roofline/roofline.ts";
import { flops, seconds, type Bytes, type Seconds } from "../../core/units/units.ts";
import type { DataTable } from "../../figure/widget.ts";
import { formatBytes, formatCount, formatPercent } from "../../ui/format.ts";

export interface FusionValues {
  readonly chain: string;
  readonly batch: number;
  readonly inputs: number;
  readonly outputs: number;
}

export interface Move {
  readonly name: string;
  readonly kind: "read" | "written";
  readonly isWeight: boolean;
  readonly bytes: Bytes;
  /** In no kernel of the fused version. */
  readonly isRemoved: boolean;
}

export interface LedgerRow {
  readonly name: string;
  readonly moves: readonly Move[];
  readonly bytes: number;
}

export interface FusionScene {
  readonly gpu: GpuEntry;
  readonly ledger: FusionLedger;
  readonly unfused: readonly LedgerRow[];
  readonly fused: readonly LedgerRow[];
  readonly savedBytes: number;
  /** The roofline time of each version: kernels one after the other, each at the slower of memory and arithmetic. */
  readonly unfusedSeconds: Seconds;
  readonly fusedSeconds: Seconds;
}

const GPU = "a100-80gb-sxm";
const BYTES_PER_ELEMENT = 2;

function ledgerOf({ chain, batch, inputs, outputs }: FusionValues): FusionLedger {
  const common = { batch, bytesPerElement: BYTES_PER_ELEMENT };
  if (chain === "swiglu") return swigluLedger({ ...common, width: inputs, hiddenWidth: outputs });
  if (chain === "norm-residual") return normResidualLedger({ ...common, width: inputs });
  return linearReluLedger({ ...common, inputs, outputs });
}

const isMatrix = ({ shape }: LedgerArray) => !shape.includes("B") && shape.includes("·");

/** Takes each array of the fused kernels once; what then finds none left is what fusion removes. */
function markMoves(steps: readonly LedgerStep[], fused: readonly LedgerStep[]): LedgerRow[] {
  const left = fused.flatMap(({ reads, writes }) => [
    ...reads.map(({ name }) => `read ${name}`),
    ...writes.map(({ name }) => `written ${name}`),
  ]);
  const mark = (kind: Move["kind"], array: LedgerArray): Move => {
    const place = left.indexOf(`${kind} ${array.name}`);
    if (place >= 0) left.splice(place, 1);
    return {
      name: array.name,
      kind,
      isWeight: isWeight(array),
      bytes: array.bytes,
      isRemoved: place < 0,
    };
  };
  return steps.map((step) => ({
    name: step.name,
    moves: [
      ...step.reads.map((array) => mark("read", array)),
      ...step.writes.map((array) => mark("written", array)),
    ],
    bytes: step.bytesRead + step.bytesWritten,
  }));
}

/** Arrays without a batch axis. */
function isWeight({ shape }: LedgerArray): boolean {
  return !shape.includes("B");
}

/** Two FLOPs for each weight and row; elementwise work is not counted, it never sets the time. */
function productFlops({ reads }: LedgerStep, batch: number): number {
  const elements = reads.filter(isMatrix).reduce((sum, array) => sum + array.bytes, 0);
  return (2 * batch * elements) / BYTES_PER_ELEMENT;
}

function timeOf(steps: readonly LedgerStep[], batch: number, gpu: GpuEntry): Seconds {
  const times = steps.map((step) => {
    const { bytesRead, bytesWritten } = step;
    return timeOfCost({ flops: flops(productFlops(step, batch)), bytesRead, bytesWritten }, gpu);
  });
  return seconds(times.reduce((sum, time) => sum + time.seconds, 0));
}

export function createScene(values: FusionValues): FusionScene {
  const gpu = findGpu(GPU);
  if (gpu === undefined) throw new Error(`The catalogue holds no GPU "${GPU}".`);
  const ledger = ledgerOf(values);
  return {
    gpu,
    ledger,
    unfused: markMoves(ledger.unfused, ledger.fused),
    fused: markMoves(ledger.fused, ledger.fused),
    savedBytes: ledger.unfusedBytes - ledger.fusedBytes,
    unfusedSeconds: timeOf(ledger.unfused, values.batch, gpu),
    fusedSeconds: timeOf(ledger.fused, values.batch, gpu),
  };
}

const NAMES: Readonly<Record<string, string>> = {
  "linear-relu": "a linear layer and its ReLU",
  swiglu: "the gated half of a SwiGLU",
  "norm-residual": "a residual addition and its norm",
};

export function describeScene({ ledger }: FusionScene, values: FusionValues): string {
  const { chain, batch, inputs, outputs } = values;
  const size =
    chain === "norm-residual"
      ? `${formatCount(inputs)} wide`
      : `${formatCount(inputs)} to ${formatCount(outputs)}`;
  const rows = batch === 1 ? "one row" : `${formatCount(batch)} rows`;
  return `For ${rows}, ${NAMES[chain] ?? chain} (${size}, 16 bits) move ${formatBytes(ledger.unfusedBytes)} as ${formatCount(ledger.unfused.length)} kernels and ${formatBytes(ledger.fusedBytes)} as one: ${writeSaving(ledger)} less.`;
}

/** Three digits, two for small savings: 38.1 % and 0.19 %. */
export function writeSaving({ savingFraction }: FusionLedger): string {
  return formatPercent(savingFraction, savingFraction < 0.01 ? 2 : 3);
}

function tableRows(version: string, steps: readonly LedgerRow[]): (string | number)[][] {
  return steps.flatMap(({ name, moves }) =>
    moves.map((move) => [
      version,
      name,
      move.name,
      move.kind,
      move.bytes,
      move.isRemoved ? "removed" : "stays",
    ]),
  );
}

export function makeTable({ unfused, fused }: FusionScene): DataTable {
  return {
    caption: "Every array that a kernel moves, 16 bits an element",
    columns: ["Version", "Kernel", "Array", "Direction", "Bytes", "By fusion"],
    rows: [...tableRows("one kernel an operation", unfused), ...tableRows("fused", fused)],
  };
}
