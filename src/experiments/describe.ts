// From a measurement to the parts of a record, the same for steps of a model and for kernels by themselves.
import { estimateMedian } from "../core/statistics/estimate.ts";
import type { StepPlan } from "../model/engine.ts";
import type { RunContext } from "./experiment.ts";
import { countDrops, findQuantumSeconds } from "./figures.ts";
import { CROSS_CHECK_TOLERANCE, findCrossCheckRatio, type Measurement } from "./protocol.ts";
import type { ProtocolSettings } from "./protocol.ts";
import {
  countedSeconds,
  type Method,
  type RecordedDevice,
  type RecordedSample,
  type TimedSeries,
} from "./record.ts";

export function describePlan(plan: StepPlan): TimedSeries["plan"] {
  const { numDispatches, flops, bytesRead, bytesWritten, numRows } = plan;
  return { numDispatches, flops, bytesRead, bytesWritten, numRows };
}

/** The samples, and the figures that follow from them. */
export function describeSamples(
  samples: readonly RecordedSample[],
  clock: Method["clock"],
  seed: number,
): Pick<TimedSeries, "samples" | "numDropped" | "duration" | "wallDuration"> {
  const times = countedSeconds({ samples }, clock);
  const wallTimes = clock === "wall" ? [] : countedSeconds({ samples }, "wall");
  return {
    samples,
    numDropped: countDrops(samples),
    ...(times.length === 0 ? {} : { duration: estimateMedian(times, seed) }),
    ...(wallTimes.length === 0 ? {} : { wallDuration: estimateMedian(wallTimes, seed) }),
  };
}

interface MethodFindings {
  readonly series: readonly Pick<TimedSeries, "id" | "samples">[];
  readonly settings: ProtocolSettings;
  readonly seed: number;
}

export function describeMethod(
  measurement: Measurement,
  { series, settings, seed }: MethodFindings,
): Method {
  const { clock } = measurement;
  const quantum = findQuantumSeconds(series, clock);
  const crossCheckRatio =
    clock === "wall" ? undefined : findCrossCheckRatio(series.map(({ samples }) => samples));
  return {
    clock,
    ...(quantum === undefined ? {} : { quantumSeconds: quantum }),
    ...(crossCheckRatio === undefined
      ? {}
      : {
          crossCheckRatio,
          isCrossChecked: Math.abs(crossCheckRatio - 1) <= CROSS_CHECK_TOLERANCE,
        }),
    warmUpSeconds: measurement.warmUpDuration,
    numWarmUpSamples: measurement.numWarmUpSamples,
    sampleSeconds: settings.sampleDuration,
    seed,
    order: measurement.order.map((round) => round.map((arm) => series[arm]?.id ?? String(arm))),
    numRounds: measurement.numRounds,
    numRoundsAsked: settings.minRounds,
    stoppedBy: measurement.stoppedBy,
  };
}

export function describeDevice({
  device,
  host,
}: Pick<RunContext, "device" | "host">): RecordedDevice {
  const { backend, name, isSoftware, clock, memoryBudget, notice } = device;
  return {
    backend,
    name,
    isSoftware,
    clock,
    memoryBudgetBytes: memoryBudget,
    ...(notice === undefined ? {} : { notice }),
    ...(host === undefined ? {} : { host }),
  };
}
