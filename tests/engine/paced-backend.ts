// A backend with a made-up speed: it computes with the CPU twins, or not at all, says that it took as long as the work
// would on such a device, and keeps what was submitted. Nothing here looks at a clock.
import { seconds, type Seconds } from "../../src/core/units/units.ts";
import {
  operationsOf,
  type Backend,
  type ComputePass,
  type Operation,
  type PassPart,
  type Submission,
  type SubmissionResult,
} from "../../src/gpu/backend.ts";
import { CpuBackend } from "../../src/gpu/cpu-backend.ts";
import { amountOf, workloadOf } from "../../src/model/pace.ts";

export interface MadeUpDevice {
  /** FLOPs and numbers moved a second, by the kernel's id. */
  readonly speed: (kernel: string) => number;
  readonly isSoftware: boolean;
  /** False: arrays stay as they are; for work that is only timed. */
  readonly computes: boolean;
  /** Of each submission, beside its work. */
  readonly latency?: Seconds;
  /** By default there is a device clock. */
  readonly clock?: Backend["clock"];
  /** Seconds that the device's clock says for each that passes; by default 1. */
  readonly clockRate?: number;
}

export interface LoggedSubmission {
  readonly passes: readonly ComputePass[];
  /** How long it held the device. */
  readonly busy: Seconds;
}

export interface PacedBackend extends Backend {
  readonly log: LoggedSubmission[];
}

/** How long the device would take for some parts. */
export function busyTimeOf(parts: readonly PassPart[], { speed }: MadeUpDevice): Seconds {
  let sum = 0;
  for (const { program, pass, range = [0, program.operations.length] } of parts) {
    for (let index = range[0]; index < range[1]; index++) {
      const id = program.operations[index]!.kernel.id;
      sum += amountOf(workloadOf([{ program, pass, range: [index, index + 1] }])) / speed(id);
    }
  }
  return seconds(sum);
}

export function createPacedBackend(device: MadeUpDevice): PacedBackend {
  const inner = new CpuBackend();
  const log: LoggedSubmission[] = [];
  const { isSoftware, computes, latency = 0, clock = "timestamp-query", clockRate = 1 } = device;
  return {
    log,
    kind: "webgpu",
    name: "a made-up device",
    isSoftware,
    clock,
    features: new Set(),
    maxArrayBytes: inner.maxArrayBytes,
    lost: inner.lost,
    get liveBytes() {
      return inner.liveBytes;
    },
    get numLiveArrays() {
      return inner.numLiveArrays;
    },
    allocate: (...args) => inner.allocate(...args),
    write: (...args) => inner.write(...args),
    free: (array) => inner.free(array),
    prepare: (operations: readonly Operation[]) => inner.prepare(operations),
    async run(submission: Submission): Promise<SubmissionResult> {
      const { passes, readbacks } = submission;
      const durations = passes.map(({ parts }) => busyTimeOf(parts, device));
      const busy = seconds(durations.reduce((sum, duration) => sum + duration, 0));
      log.push({ passes, busy });
      const { data } = await inner.run(computes ? submission : { passes: [], readbacks });
      return {
        data,
        wallTime: seconds(busy + latency),
        passDurations: durations.map((duration) =>
          clock === "wall" ? undefined : seconds(clockRate * duration),
        ),
      };
    },
    close: () => inner.close(),
  };
}

/** Dispatches of a submission. */
export function numDispatches({ passes }: LoggedSubmission): number {
  const parts = passes.flatMap((pass) => pass.parts);
  return parts.reduce((sum, part) => sum + operationsOf(part).length, 0);
}
