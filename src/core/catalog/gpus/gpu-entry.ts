// What the catalogue says of a GPU. SI inside; datasheets.ts and custom-gpu.ts convert.
import type { Bytes, BytesPerSecond, FlopsPerSecond } from "../../units/units.ts";

export type PcieGeneration = 3 | 4 | 5;

export interface GpuEntry {
  readonly id: string;
  readonly name: string;
  readonly memory: Bytes;
  readonly bandwidth: BytesPerSecond;
  /** Dense, 16-bit factors with 32-bit sums. */
  readonly peakFlops: FlopsPerSecond;
  /** Dense; absent where fp8 has no matrix units. */
  readonly peakFp8?: FlopsPerSecond;
  /** Dense, operations a second; absent where int8 has no matrix units. */
  readonly peakInt8?: FlopsPerSecond;
  /** Streaming multiprocessors; compute units of an AMD GPU; 1 for a TPU. */
  readonly numSms: number;
  /** The cache between the SMs and memory; absent where there is none or its size is not known. */
  readonly l2?: Bytes;
  /** Scratch memory of one SM; absent as above. */
  readonly sharedPerSm?: Bytes;
  /** Absent as above. */
  readonly registersPerSm?: Bytes;
  /** NVLink, all links of one GPU together, one way; absent without. */
  readonly nvlinkPerDirection?: BytesPerSecond;
  /** Absent where the chip is not a PCIe card that one can buy. */
  readonly pcieGeneration?: PcieGeneration;
  /** Where the figures were read; empty for a GPU that the reader typed in. */
  readonly source: { readonly url: string; readonly readOn: string };
  /** Worth showing beside the figures. */
  readonly note?: string;
  /** A sentence naming the fields that were not checked in a source; absent if all were. */
  readonly isUnchecked?: string;
}
