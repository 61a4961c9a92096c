// What is kept of kernels that were timed by themselves: all in some rounds, and the two that are compared in more. JSON
// like the record of a model's steps, and with the same promise: every sample is in it.
import type { PlainValues } from "./parameters.ts";
import type {
  Comparison,
  ExperimentRecord,
  Method,
  RecordedDevice,
  RecordedFit,
  TimedSeries,
  Verdict,
} from "./record.ts";

export const KERNEL_RECORD_SCHEMA = "memory-bound/kernels@1";

/** What was dispatched. */
interface RecordedKernel {
  /** `<folder>/<variant>` under shaders/. */
  readonly id: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly numRows: number;
  /** Kernels that follow it in each repeat, by id; absent: it runs alone. */
  readonly next?: readonly string[];
}

export interface KernelSeries extends TimedSeries {
  readonly kernel: RecordedKernel;
  /** Bytes that a dispatch goes over, each counted once, however often it reads them. */
  readonly footprintBytes: number;
}

/** Two series of the record, by their ids, in the rounds that both were sampled in. */
export interface KernelComparison extends Pick<
  Comparison,
  "method" | "ratio" | "wallRatio" | "resolution" | "line"
> {
  readonly baseline: string;
  readonly contender: string;
  /** Units of work in a dispatch; the ratio is of times a unit. */
  readonly baselineUnits: number;
  readonly contenderUnits: number;
  /** As a sentence names the two, and what is compared: "a row". */
  readonly words: { readonly baseline: string; readonly contender: string; readonly per: string };
}

/** A submission that holds one dispatch, sent and waited for: by the wall clock alone, so measured apart. */
export interface RoundTrip {
  readonly method: Method;
  readonly series: KernelSeries;
}

export interface KernelRecord {
  readonly schema: typeof KERNEL_RECORD_SCHEMA;
  /** Folder under src/experiments. */
  readonly experiment: string;
  readonly claim: string;
  readonly parameters: PlainValues;
  readonly device: RecordedDevice;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly wallSeconds: number;
  readonly series: readonly KernelSeries[];
  readonly comparison: KernelComparison;
  readonly verdict: Verdict;
  readonly roundTrip?: RoundTrip;
  /** How time grows with the rows, where that was swept. */
  readonly fits: readonly RecordedFit[];
  readonly notes: readonly string[];
}

/** Whatever an experiment ends in. */
export type AnyRecord = ExperimentRecord | KernelRecord;
