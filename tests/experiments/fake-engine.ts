// An engine that times nothing: it answers timeStep from a formula, and moves a clock on by what that would take.
import { bytes, flops, seconds } from "../../src/core/units/units.ts";
import type { Clock } from "../../src/experiments/clock.ts";
import type { RunContext } from "../../src/experiments/experiment.ts";
import type {
  DeviceReport,
  Engine,
  KernelTimingRequest,
  ModelReport,
  StepTiming,
  TimingRequest,
} from "../../src/model/engine.ts";

export interface FakeClock extends Clock {
  advance(duration: number): void;
  /** Turns given to the page. */
  numPauses: number;
  hiddenUntil: number;
}

export function createFakeClock(): FakeClock {
  let time = 1000;
  const clock: FakeClock = {
    numPauses: 0,
    hiddenUntil: Number.NEGATIVE_INFINITY,
    advance: (duration) => {
      time += duration;
    },
    now: () => seconds(time),
    wasHiddenSince: (start) => start < clock.hiddenUntil,
    pause: () => {
      clock.numPauses++;
      return Promise.resolve();
    },
  };
  return clock;
}

export const FAKE_DEVICE: DeviceReport = {
  backend: "webgpu",
  name: "planted device",
  isSoftware: false,
  clock: "timestamp-query",
  memoryBudget: bytes(2 ** 30),
};

export const FAKE_MODEL: ModelReport = {
  name: "planted model",
  shape: {
    numLayers: 6,
    width: 128,
    hiddenWidth: 344,
    numHeads: 8,
    numKvHeads: 4,
    headWidth: 16,
    vocabulary: 1024,
    isTied: true,
  },
  contextLength: 256,
  numParameters: 1_300_000,
  weightBytes: bytes(5_200_000),
  stopTokens: [],
  hasTokenizer: true,
  tuning: [],
};

type StepTime = (request: TimingRequest, call: number) => number;

export interface FakeOptions {
  readonly clock: FakeClock;
  /** True time of one step, in seconds. */
  readonly stepTime: StepTime;
  /** Changes what is reported; the clock moves by the true time. */
  readonly distort?: (timing: StepTiming, call: number) => StepTiming;
  /** True time of one dispatch, in seconds; absent: kernels are refused. */
  readonly kernelTime?: (request: KernelTimingRequest, call: number) => number;
  /** What `timedKernels` names. */
  readonly kernels?: readonly string[];
  /** Step of the device's clock in nanoseconds. */
  readonly quantum?: number;
}

export interface FakeEngine extends Engine {
  readonly requests: TimingRequest[];
  readonly kernelRequests: KernelTimingRequest[];
  /** How often `endKernels` was called. */
  numEnded: number;
}

const refuse = () => Promise.reject(new Error("The planted engine only times steps."));

export function createFakeEngine(options: FakeOptions): FakeEngine {
  const requests: TimingRequest[] = [];
  const kernelRequests: KernelTimingRequest[] = [];
  const engine: FakeEngine = {
    requests,
    kernelRequests,
    numEnded: 0,
    timeStep: (request) => {
      const call = requests.push(request) - 1;
      return Promise.resolve(timeFakeStep(request, call, options));
    },
    open: () => Promise.resolve(FAKE_DEVICE),
    load: () => Promise.resolve(FAKE_MODEL),
    close: () => Promise.resolve(),
    encode: refuse,
    decode: refuse,
    start: refuse,
    advance: refuse,
    blockTables: refuse,
    end: refuse,
    profileStep: refuse,
    timedKernels: () => Promise.resolve(options.kernels ?? []),
    timeKernel: (request) => {
      if (options.kernelTime === undefined) return refuse();
      const call = kernelRequests.push(request) - 1;
      return Promise.resolve(timeFakeKernel(request, options.kernelTime(request, call), options));
    },
    endKernels: () => {
      engine.numEnded++;
      return Promise.resolve();
    },
    inspect: refuse,
    memory: refuse,
  };
  return engine;
}

/** The arithmetic of the few kernels that the experiments time, worked out here once more. */
function fakeKernelPlan({
  kernel,
  sizes,
  numRows,
  next = [],
}: KernelTimingRequest): StepTiming["plan"] {
  const [turns, inputs, outputs] = [
    sizes["numTurns"] ?? sizes["numSteps"] ?? 0,
    sizes["inputWidth"] ?? 0,
    sizes["outputWidth"] ?? 0,
  ];
  const isRead = kernel.startsWith("ladder/read");
  const numChains = kernel === "micro/fma-vec4" ? 32 : 8;
  const isLinear = kernel.startsWith("linear");
  return {
    numDispatches: 1 + next.length,
    numRows,
    flops: flops(isLinear ? 2 * numRows * inputs * outputs : 2 * numChains * turns * numRows),
    bytesRead: bytes(
      isLinear ? 4 * (numRows * inputs + inputs * outputs) : isRead ? 16 * turns * numRows : 8,
    ),
    bytesWritten: bytes(4 * numRows * (isLinear ? outputs : 1)),
  };
}

function timeFakeKernel(
  request: KernelTimingRequest,
  time: number,
  { clock, quantum = 1 }: FakeOptions,
): StepTiming {
  const numRepeats = Math.min(4096, Math.max(1, Math.round(request.sampleDuration / time)));
  clock.advance(3 * numRepeats * time);
  const reading = Math.floor((numRepeats * time * 1e9) / quantum) * quantum;
  return {
    numRepeats,
    deviceDuration:
      request.repeat === "submission" ? undefined : seconds(reading / 1e9 / numRepeats),
    wallDuration: seconds(time),
    plan: fakeKernelPlan(request),
  };
}

function timeFakeStep(request: TimingRequest, call: number, options: FakeOptions): StepTiming {
  const { clock, stepTime, distort, quantum = 1 } = options;
  const time = stepTime(request, call);
  const numRepeats = Math.max(1, Math.round(request.sampleDuration / time));
  // Once for R, once for 2R.
  clock.advance(3 * numRepeats * time);
  const reading = Math.floor((numRepeats * time * 1e9) / quantum) * quantum;
  const timing: StepTiming = {
    numRepeats,
    deviceDuration: seconds(reading / 1e9 / numRepeats),
    wallDuration: seconds(time),
    plan: {
      numDispatches: request.path.fusion ? 32 : 92,
      flops: flops(2_600_000 * request.batch),
      bytesRead: bytes(5_200_000),
      bytesWritten: bytes(6144 * request.batch),
      numRows: request.path.cache ? request.batch : request.batch * (request.position + 1),
    },
  };
  return distort?.(timing, call) ?? timing;
}

export function fakeContext(clock: Clock, change: Partial<RunContext> = {}): RunContext {
  return {
    device: FAKE_DEVICE,
    model: FAKE_MODEL,
    clock,
    seed: 7,
    startedAt: new Date("2026-11-22T12:00:00Z"),
    ...change,
  };
}
