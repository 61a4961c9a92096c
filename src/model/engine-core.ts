// The engine itself: one backend, one model, some runs. Calls queue up, so two figures can share it. A lost
// device is replaced, the model uploaded again, and every run goes on from its tokens; the reader gets a sentence.
import { bytes, seconds, KILO, type Bytes } from "../core/units/units.ts";
import { countParameters } from "../core/catalog/models/model-shape.ts";
import { DeviceLost, OutOfMemoryBudget, type Backend } from "../gpu/backend.ts";
import { checkKeepsBlocks } from "./block-tables.ts";
import { isClockSound } from "./clock-check.ts";
import { parseConfig, type ModelConfig } from "./config.ts";
import {
  deviceWeightBytes,
  freeModel,
  largestWeightBytes,
  uploadModel,
  type DeviceModel,
} from "./device-model.ts";
import {
  EngineError,
  type Advance,
  type AttentionSnapshot,
  type BackendKind,
  type BlockTablesReport,
  type DeviceReport,
  type Engine,
  type InspectRequest,
  type KernelTiming,
  type KernelTimingRequest,
  type LoadRequest,
  type MemoryReport,
  type ModelReport,
  type OpenRequest,
  type RunReport,
  type RunRequest,
  type StepResult,
  type StepTiming,
  type TimingRequest,
} from "./engine.ts";
import { getFile, openFolder } from "./folder.ts";
import { inflate } from "./inflate.ts";
import type { KernelChooser } from "./kernel-choice.ts";
import { TuningBook, type Tuning, type TuningStore } from "./tuning.ts";
import { inspectHead } from "./inspect.ts";
import { KeptTimers } from "./kept-timers.ts";
import { KernelBench } from "./kernel-bench.ts";
import { checkFits, defaultBudget, type MemoryNeed } from "./memory-budget.ts";
import { Pace } from "./pace.ts";
import { checkRunRequest, checkTimingRequest } from "./requests.ts";
import { kvCacheBytes, largestRunArrayBytes, runBytes } from "./run-arrays.ts";
import { RunSession, runShapeOf, type SessionHost, type SessionRequest } from "./run-session.ts";
import { profileStep } from "./step-timing.ts";
import {
  greedyRun,
  inspectedSessionRequest,
  resumedSessionRequest,
  runSessionRequest,
  timedSessionRequest,
} from "./session-requests.ts";
import { throwIfInterrupted, type Interrupted } from "./submissions.ts";
import { openTokenizer, type TextCodec } from "./tokenizer.ts";
import { openWeights, type Weights } from "./weights.ts";

/** What opening a backend came to. */
export type OpenedBackend =
  | { readonly kind: "ready"; readonly backend: Backend }
  | { readonly kind: "absent"; readonly reason: string };

export type BackendOpener = (kind: BackendKind) => Promise<OpenedBackend>;

/** Losses in a row after which the engine stops trusting the GPU and goes on with the CPU. */
const MAX_LOSSES_IN_A_ROW = 2;

interface LoadedModel {
  readonly report: ModelReport;
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly codec: TextCodec | undefined;
  device: DeviceModel;
  choose: KernelChooser;
}

interface Run {
  readonly request: RunRequest;
  session: RunSession;
  numStepsLeft: number;
}

export class EngineCore implements Engine {
  readonly #openBackend: BackendOpener;
  #backend: Backend | undefined;
  #request: OpenRequest = { backend: "auto" };
  #notice: string | undefined;
  #pace = new Pace(true);
  /** Found out before the first time is taken on a device. */
  #isClockSound: boolean | undefined;
  #model: LoadedModel | undefined;
  readonly #runs = new Map<number, Run>();
  readonly #timers = new KeptTimers();
  #bench: KernelBench | undefined;
  readonly #tuning: TuningBook;
  #nextRunId = 1;
  #numLosses = 0;
  #queue: Promise<unknown> = Promise.resolve();
  /** Set as soon as `close` is called: what is under way stops between two submissions. */
  #isClosing = false;
  #isClosed = false;

  /** @param store - where the measured choice of kernels is kept; without one it is measured at each load. */
  constructor(openBackend: BackendOpener, store?: TuningStore) {
    this.#openBackend = openBackend;
    this.#tuning = new TuningBook(store);
  }

  open(request: OpenRequest): Promise<DeviceReport> {
    return this.#exclusive(async () => {
      this.#request = request;
      if (this.#backend) this.#closeBackend();
      await this.#connect(request.backend);
      return this.#deviceReport();
    });
  }

  load(request: LoadRequest, onProgress = (_fraction: number) => {}): Promise<ModelReport> {
    return this.#exclusive(() => this.#load(request, onProgress));
  }

  async encode(text: string): Promise<number[]> {
    return this.#codec().encode(text);
  }

  async decode(tokens: readonly number[]): Promise<string> {
    return this.#codec().decode(tokens);
  }

  start(request: RunRequest): Promise<RunReport> {
    return this.#exclusive(async () => {
      const model = this.#getModel();
      checkRunRequest(request, model.report);
      const session = await this.#survivingLoss(async () =>
        this.#makeSession(runSessionRequest(request, this.#getBackend().isSoftware)),
      );
      await session.prepare();
      const runId = this.#nextRunId++;
      this.#runs.set(runId, { request, session, numStepsLeft: request.numNewTokens });
      return {
        runId,
        runBytes: runBytes(model.config, session.run),
        kvBytes: kvCacheBytes(model.config, session.run),
        firstStep: session.stepPlan(session.longest),
        lastStep: session.stepPlan(session.longest + request.numNewTokens - 1),
      };
    });
  }

  advance(runId: number, numSteps: number, signal?: AbortSignal): Promise<Advance> {
    return this.#exclusive(async () => {
      const run = this.#getRun(runId);
      const start = performance.now();
      const lossesBefore = this.#numLosses;
      const steps: StepResult[] = [];
      const wanted = Math.min(numSteps, run.numStepsLeft);
      const isInterrupted = this.#interruptedBy(signal);
      const prefillDuration = await this.#survivingLoss(() =>
        run.session.advance(wanted, steps, isInterrupted),
      );
      run.numStepsLeft -= steps.length;
      const isFinished = run.numStepsLeft === 0 || run.session.isDone;
      const wallTime = seconds((performance.now() - start) / KILO);
      const wasLost = this.#numLosses > lossesBefore;
      return {
        steps,
        isFinished,
        wallTime,
        ...(prefillDuration !== undefined && { prefillDuration }),
        ...(wasLost && this.#notice !== undefined && { notice: this.#notice }),
      };
    });
  }

  blockTables(runId: number): Promise<BlockTablesReport> {
    return this.#exclusive(async () => {
      const run = this.#getRun(runId);
      checkKeepsBlocks(run.request.path);
      // A lost device is replaced on the way, and the run's session with it.
      return this.#survivingLoss(() => run.session.readBlockTables());
    });
  }

  end(runId: number): Promise<void> {
    return this.#exclusive(async () => {
      this.#runs.get(runId)?.session.free();
      this.#runs.delete(runId);
    });
  }

  timeStep(request: TimingRequest, signal?: AbortSignal): Promise<StepTiming> {
    return this.#interruptible(signal, async (isInterrupted) => {
      const isSound = await this.#checkClock(isInterrupted);
      const { timer } = this.#timer(request);
      const timing = await timer.sample(request.sampleDuration, isInterrupted);
      return isSound ? timing : withoutDeviceTime(timing);
    });
  }

  profileStep(
    request: Omit<TimingRequest, "sampleDuration">,
    signal?: AbortSignal,
  ): Promise<readonly KernelTiming[]> {
    return this.#interruptible(signal, async (isInterrupted) => {
      const isSound = await this.#checkClock(isInterrupted);
      const timings = await profileStep(this.#timer(request).session, isInterrupted);
      return isSound ? timings : timings.map((timing) => ({ ...timing, duration: undefined }));
    });
  }

  timedKernels(): Promise<readonly string[]> {
    return this.#exclusive(async () => this.#getBench().kernelIds());
  }

  timeKernel(request: KernelTimingRequest, signal?: AbortSignal): Promise<StepTiming> {
    return this.#interruptible(signal, async (isInterrupted) => {
      const isSound = await this.#checkClock(isInterrupted);
      const timing = await this.#timeKernel(request, isInterrupted);
      return isSound ? timing : withoutDeviceTime(timing);
    });
  }

  endKernels(): Promise<void> {
    return this.#exclusive(async () => this.#bench?.free());
  }

  inspect(request: InspectRequest, signal?: AbortSignal): Promise<AttentionSnapshot> {
    return this.#interruptible(signal, async (isInterrupted) => {
      const { report } = this.#getModel();
      checkRunRequest(greedyRun([request.tokens]), report);
      const session = this.#makeSession(inspectedSessionRequest(request));
      try {
        return await inspectHead(session, request, isInterrupted);
      } finally {
        session.free();
      }
    });
  }

  async memory(): Promise<MemoryReport> {
    return {
      numLiveBuffers: this.#backend?.numLiveArrays ?? 0,
      liveBytes: this.#backend?.liveBytes ?? bytes(0),
      numRuns: this.#runs.size,
    };
  }

  close(): Promise<void> {
    this.#isClosing = true;
    return this.#exclusive(async () => {
      this.#closeBackend();
      this.#isClosed = true;
    });
  }

  /** Calls run one after another; errors become EngineErrors. */
  #exclusive<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(() => {
      if (this.#isClosed) throw new EngineError("closed", "This engine was closed.");
      return task();
    });
    this.#queue = result.catch(() => {});
    return result.catch((error: unknown) => {
      throw toEngineError(error);
    });
  }

  /** A call that is begun only if nobody has cancelled it by then, and may end early. */
  #interruptible<Result>(
    signal: AbortSignal | undefined,
    task: (isInterrupted: Interrupted) => Promise<Result>,
  ): Promise<Result> {
    const isInterrupted = this.#interruptedBy(signal);
    return this.#exclusive(() => {
      throwIfInterrupted(isInterrupted);
      return this.#survivingLoss(() => task(isInterrupted));
    });
  }

  #interruptedBy(signal: AbortSignal | undefined): Interrupted {
    return () => this.#isClosing || signal?.aborted === true;
  }

  async #connect(wanted: OpenRequest["backend"]): Promise<void> {
    if (wanted !== "cpu") {
      const opened = await this.#openBackend("webgpu");
      if (opened.kind === "ready") return this.#use(opened.backend);
      if (wanted === "webgpu") throw new EngineError("no-webgpu", opened.reason);
      this.#notice = `${opened.reason} The same model runs on the CPU instead.`;
    }
    const opened = await this.#openBackend("cpu");
    if (opened.kind === "absent") throw new EngineError("internal", opened.reason);
    this.#use(opened.backend);
  }

  #use(backend: Backend): void {
    this.#backend = backend;
    this.#pace = new Pace(backend.isSoftware, backend.clock === "timestamp-query");
    this.#isClockSound = undefined;
  }

  #closeBackend(): void {
    this.#runs.clear();
    this.#timers.forget();
    this.#bench = undefined;
    this.#model = undefined;
    this.#backend?.close();
    this.#backend = undefined;
    this.#notice = undefined;
  }

  async #load(
    { source, inflation = 1 }: LoadRequest,
    onProgress: (fraction: number) => void,
  ): Promise<ModelReport> {
    const backend = this.#getBackend();
    const folder = openFolder(source);
    const config = parseConfig(await (await getFile(folder, "config.json")).text());
    const [weights, codec] = await Promise.all([
      openWeights(folder, (fraction) => onProgress(fraction / 2)),
      openTokenizer(folder),
    ]);
    const final = inflation > 1 ? inflate(config, weights, inflation) : { config, weights };
    this.#unload();
    this.#checkModelFits(final.config);
    const device = await uploadModel(backend, final.config, final.weights, (fraction) =>
      onProgress(0.5 + fraction / 2),
    );
    const { choose, table } = await this.#tune(device);
    this.#model = {
      ...final,
      codec,
      device,
      choose,
      report: {
        ...this.#modelReport(folder.name, final.config),
        hasTokenizer: codec !== undefined,
        tuning: table,
      },
    };
    return this.#model.report;
  }

  /** The measured choice of kernels; a device that comes back, or a shape seen before, is not measured again. */
  #tune(model: DeviceModel): Promise<Tuning> {
    return this.#tuning.open({
      backend: this.#getBackend(),
      model,
      pace: this.#pace,
      isInterrupted: this.#interruptedBy(undefined),
    });
  }

  #modelReport(name: string, config: ModelConfig): Omit<ModelReport, "hasTokenizer" | "tuning"> {
    return {
      name,
      shape: config.shape,
      contextLength: config.contextLength,
      numParameters: countParameters(config.shape),
      weightBytes: deviceWeightBytes(config.shape),
      stopTokens: config.stopTokens,
    };
  }

  #unload(): void {
    for (const { session } of this.#runs.values()) session.free();
    this.#runs.clear();
    this.#timers.free();
    if (this.#model) freeModel(this.#getBackend(), this.#model.device);
    this.#model = undefined;
  }

  #makeSession(request: SessionRequest): RunSession {
    const { config, device, choose } = this.#getModel();
    const run = runShapeOf(request);
    this.#checkFits({
      total: runBytes(config, run),
      largest: largestRunArrayBytes(config, run),
      what: "This run",
    });
    return new RunSession(this.#host(device, choose), request);
  }

  #host(model: DeviceModel, choose: KernelChooser): SessionHost {
    return { backend: this.#getBackend(), model, choose, pace: this.#pace };
  }

  #timer(step: Omit<TimingRequest, "sampleDuration">): ReturnType<KeptTimers["get"]> {
    const { vocabulary } = this.#getModel().report.shape;
    checkTimingRequest(step);
    const { isSoftware } = this.#getBackend();
    return this.#timers.get(step, () =>
      this.#makeTimedSession(timedSessionRequest(step, vocabulary, isSoftware)),
    );
  }

  /** A session for timing; those kept for other steps make room where the memory budget asks for it. */
  #makeTimedSession(request: SessionRequest): RunSession {
    try {
      return this.#makeSession(request);
    } catch (error) {
      if (!(error instanceof OutOfMemoryBudget) || this.#timers.size === 0) throw error;
      this.#timers.free();
      return this.#makeSession(request);
    }
  }

  /** Whether to pass on what the device's clock says. */
  async #checkClock(isInterrupted: Interrupted): Promise<boolean> {
    const host = { backend: this.#getBackend(), pace: this.#pace };
    return (this.#isClockSound ??= await isClockSound(host, isInterrupted));
  }

  /** Steps and other kernels that were timed make room where the memory budget asks for it. */
  async #timeKernel(request: KernelTimingRequest, isInterrupted: Interrupted): Promise<StepTiming> {
    const bench = this.#getBench();
    const check = () => this.#checkFits({ ...bench.missingBytes(request), what: "This timing" });
    try {
      check();
    } catch (error) {
      if (!(error instanceof OutOfMemoryBudget)) throw error;
      this.#timers.free();
      bench.free();
      check();
    }
    return bench.sample(request, isInterrupted);
  }

  #getBench(): KernelBench {
    const backend = this.#getBackend();
    if (backend.kind === "cpu") {
      throw new EngineError(
        "no-webgpu",
        "Kernels are timed by themselves on WebGPU only, and there is none here.",
      );
    }
    this.#bench ??= new KernelBench({ backend, pace: this.#pace });
    return this.#bench;
  }

  #checkModelFits({ shape }: ModelConfig): void {
    this.#checkFits({
      total: deviceWeightBytes(shape),
      largest: largestWeightBytes(shape),
      what: "This model",
    });
  }

  #checkFits(need: MemoryNeed): void {
    checkFits(this.#getBackend(), this.#memoryBudget(), need);
  }

  #memoryBudget(): Bytes {
    return this.#request.memoryBudget ?? defaultBudget(this.#getBackend());
  }

  /** Runs a task, and again on a new device if the device is lost on the way. */
  async #survivingLoss<Result>(task: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await task();
      } catch (error) {
        if (!(error instanceof DeviceLost)) throw error;
        await this.#recover(error, attempt);
      }
    }
  }

  async #recover(loss: DeviceLost, attempt: number): Promise<void> {
    this.#numLosses++;
    this.#backend?.close();
    this.#timers.forget();
    this.#bench = undefined;
    await this.#connect(attempt > MAX_LOSSES_IN_A_ROW ? "cpu" : "auto");
    const went = this.#backend?.kind === "cpu" ? "on the CPU" : "on a new device";
    this.#notice = `The GPU device was lost (${loss.message}). The run went on ${went} from the tokens it had.`;
    const model = this.#model;
    if (!model) return;
    model.device = await uploadModel(this.#getBackend(), model.config, model.weights, () => {});
    ({ choose: model.choose } = await this.#tune(model.device));
    for (const run of this.#runs.values()) {
      run.session = this.#makeSession(resumedSessionRequest(run.request, run.session));
    }
  }

  #deviceReport(): DeviceReport {
    const { kind, name, isSoftware, clock } = this.#getBackend();
    return {
      backend: kind,
      name,
      isSoftware,
      clock,
      memoryBudget: this.#memoryBudget(),
      ...(this.#notice !== undefined && { notice: this.#notice }),
    };
  }

  #getBackend(): Backend {
    if (!this.#backend) throw new EngineError("bad-request", "Open the engine first.");
    return this.#backend;
  }

  #getModel(): LoadedModel {
    if (!this.#model) throw new EngineError("bad-request", "Load a model first.");
    return this.#model;
  }

  #getRun(runId: number): Run {
    const run = this.#runs.get(runId);
    if (run) return run;
    throw new EngineError("bad-request", `There is no run ${runId}; it has ended.`);
  }

  #codec(): TextCodec {
    const { codec } = this.#getModel();
    if (codec) return codec;
    throw new EngineError(
      "bad-model",
      "This model's folder has no tokenizer.json, so it reads and writes token ids only.",
    );
  }
}

/** The wall clock's reading alone. */
function withoutDeviceTime(timing: StepTiming): StepTiming {
  return { ...timing, deviceDuration: undefined };
}

function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof OutOfMemoryBudget) return new EngineError("out-of-memory", message);
  if (error instanceof DeviceLost) return new EngineError("device-lost", message);
  return new EngineError("internal", message);
}
