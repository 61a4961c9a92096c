// What every experiment is: a claim, what a reader may choose, and a way to run it that ends in a record.
import type { Seconds } from "../core/units/units.ts";
import type { DeviceReport, Engine, ModelReport } from "../model/engine.ts";
import type { Clock } from "./clock.ts";
import type { Parameters, PlainValues, Values } from "./parameters.ts";
import type { ProtocolSettings } from "./protocol.ts";
import type { AnyRecord, KernelRecord } from "./kernel-record.ts";
import type { ExperimentRecord, TimedSeries } from "./record.ts";

/** How far a run is, for a progress bar and for drawing points as they come. */
export interface Progress {
  /** In [0, 1]. */
  readonly fraction: number;
  /** For the reader, for example "comparing cache off with cache on". */
  readonly stage: string;
  /** Series that are complete. */
  readonly series: readonly TimedSeries[];
}

/** What surrounds a run. */
export interface RunContext {
  /** What `engine.open` and `engine.load` reported. */
  readonly device: DeviceReport;
  readonly model: ModelReport;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Of the order and of the resampling. Default 1. */
  readonly seed?: number;
  /** Browser and version, or runtime, for the record's label. */
  readonly host?: string;
  /** The date and time of the start; the machine's own by default. */
  readonly startedAt?: Date;
  /** Departures from the protocol; the record says which when fewer rounds were taken. */
  readonly pairSettings?: Partial<ProtocolSettings>;
  readonly curveSettings?: Partial<ProtocolSettings>;
}

export interface Experiment<
  P extends Parameters = Parameters,
  R extends AnyRecord = ExperimentRecord,
> {
  /** The folder's name under src/experiments. */
  readonly id: string;
  readonly title: string;
  /** A sentence that the verdict supports, refutes or leaves open. */
  readonly claim: string;
  /** What a reader is asked to predict before the run. */
  readonly question: string;
  readonly parameters: P;
  /** Labels of the two arms. */
  readonly arms: { readonly baseline: string; readonly contender: string };
  /** Parameters that tell apart the files of recorded runs: a run with another value takes the place of no other. */
  readonly fileParameters?: readonly string[];
  /**
   * @throws EngineError, the signal's reason when cancelled, or RangeError for values outside the parameters.
   */
  run(engine: Engine, values: Values<P>, context: RunContext): Promise<R>;
}

/** What surrounds a run that needs no model. */
export type DeviceContext = Omit<RunContext, "model">;

/** An experiment on kernels by themselves: it needs no model. */
export type KernelExperiment<P extends Parameters = Parameters> = Omit<
  Experiment<P, KernelRecord>,
  "run"
> & {
  run(engine: Engine, values: Values<P>, context: DeviceContext): Promise<KernelRecord>;
};

/** An experiment among others, whose parameters are known only when it is asked for them. */
export type AnyExperiment = Omit<Experiment, "run"> & {
  run(engine: Engine, values: PlainValues, context: RunContext): Promise<AnyRecord>;
};

/** Lets TypeScript infer the parameters of an experiment. */
export function defineExperiment<P extends Parameters>(experiment: Experiment<P>): Experiment<P> {
  return experiment;
}

/** The same for an experiment on kernels. */
export function defineKernelExperiment<P extends Parameters>(
  experiment: KernelExperiment<P>,
): KernelExperiment<P> {
  return experiment;
}

/** For software adapters, previews and tests: less of everything, which the record then says. */
export function quickSettings(budget: Seconds): Partial<ProtocolSettings> {
  return { budget, minRounds: 6, maxRounds: 8, fewestRounds: 6 };
}
