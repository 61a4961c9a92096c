// The engine as everyone else sees it: one async interface, whose values all survive a postMessage.
// engine-core.ts does the work; worker-client.ts speaks to an engine in a dedicated Worker.
import type { KernelFamily } from "./kernel-choice.ts";
import type { Bytes, Flops, Seconds } from "../core/units/units.ts";
import type { ModelShape } from "../core/catalog/models/model-shape.ts";

export type KvLayout = "contiguous" | "paged";

/** The three switches of the product. Each changes which kernels run, never which tokens come out. */
export interface Path {
  /** Keep keys and values of earlier tokens (true), or compute every token again at each step (false). */
  readonly cache: boolean;
  /** At most five dispatches a layer (true), or one dispatch for each textbook operation (false). */
  readonly fusion: boolean;
  readonly kvLayout: KvLayout;
}

export const DEFAULT_PATH: Path = { cache: true, fusion: true, kvLayout: "contiguous" };

export type Sampling =
  | { readonly kind: "greedy" }
  | {
      readonly kind: "sample";
      /** Above 0; 1 leaves the distribution as it is. */
      readonly temperature: number;
      /** Tokens kept by rank; 0 keeps all. */
      readonly topK: number;
      /** Probability mass kept, in (0, 1]; 1 keeps all. */
      readonly topP: number;
      /** u32. Token draws depend on (seed, sequence, position) alone, so every path draws alike. */
      readonly seed: number;
    };

/** Which machine runs it: WebGPU where there is one, else (or on request) the CPU twins. */
export type BackendKind = "webgpu" | "cpu";

export interface OpenRequest {
  /** `auto` takes WebGPU and falls back to the CPU with `notice` set. */
  readonly backend: BackendKind | "auto";
  /** Bytes that weights, caches and activations may take together. Default: by kind of adapter. */
  readonly memoryBudget?: Bytes;
}

/** What every result is labelled with. */
export interface DeviceReport {
  readonly backend: BackendKind;
  /** For example "nvidia ampere" or "google swiftshader"; "CPU (JavaScript)" for the twins. */
  readonly name: string;
  /** True for SwiftShader, llvmpipe and the like, and for the CPU twins: never stands for a GPU. */
  readonly isSoftware: boolean;
  /** How the device's own clock is read; "wall" where there is no timestamp-query. */
  readonly clock: "timestamp-query" | "wall";
  readonly memoryBudget: Bytes;
  /** A sentence for the reader: why WebGPU is not in use, or that a device was lost and replaced. */
  readonly notice?: string;
}

export type ModelSource =
  /** A folder on a web server, such as `…/models/stories-1m`. */
  | { readonly kind: "url"; readonly url: string }
  /** The files of a folder, dropped by the reader or opened by Node, by name. */
  | { readonly kind: "files"; readonly files: Readonly<Record<string, Blob>> };

export interface LoadRequest {
  readonly source: ModelSource;
  /**
   * Make the model about this many times heavier without changing a word of its text. 1 leaves it as it is.
   */
  readonly inflation?: number;
}

export interface ModelReport {
  readonly name: string;
  readonly shape: ModelShape;
  /** Tokens of context that the model was trained for. */
  readonly contextLength: number;
  readonly numParameters: number;
  /** Bytes that the weights take on the device. */
  readonly weightBytes: Bytes;
  /** Token ids that end a sequence. */
  readonly stopTokens: readonly number[];
  readonly hasTokenizer: boolean;
  /** What the choice of kernels rests on; empty on the CPU, where there is nothing to choose. */
  readonly tuning: readonly TunedFamily[];
}

/** A kernel as the autotune timed it: one layer's operation on this device. */
export interface TunedVariant {
  readonly kernel: string;
  /** The fastest of a few runs; of a variant that was out of the race at once, its first. */
  readonly duration: Seconds;
  /**
   * Present where all rows would have held the device for too long: so many were timed, and `duration` is theirs times
   * as many as there are.
   */
  readonly numRowsTimed?: number;
}

/** One kernel family, timed for passes of so many rows. */
export interface TunedFamily {
  readonly family: KernelFamily;
  readonly numRows: number;
  readonly variants: readonly TunedVariant[];
  /** The variant that runs. */
  readonly chosen: string;
}

export interface RunRequest {
  /** B prompts of token ids, of any lengths ≥ 1. 1 ≤ B ≤ 64. */
  readonly prompts: readonly (readonly number[])[];
  /** Tokens to generate for each sequence, at most. */
  readonly numNewTokens: number;
  readonly path: Path;
  readonly sampling: Sampling;
  /** Empty: never stop early. */
  readonly stopTokens: readonly number[];
}

/** The arithmetic of one step: what is dispatched, and what it asks of memory and of the arithmetic units. */
export interface StepPlan {
  readonly numDispatches: number;
  /** Compulsory traffic and arithmetic, summed over the step's kernels. */
  readonly flops: Flops;
  readonly bytesRead: Bytes;
  readonly bytesWritten: Bytes;
  /** Rows (tokens) computed by the step, padding included. */
  readonly numRows: number;
}

export interface RunReport {
  readonly runId: number;
  /** Bytes that this run's cache, activations and tables take, beside the weights. */
  readonly runBytes: Bytes;
  readonly kvBytes: Bytes;
  /** A decode step at the first and at the last position of this run. */
  readonly firstStep: StepPlan;
  readonly lastStep: StepPlan;
}

export interface StepResult {
  /** The new token of each sequence; undefined for a sequence that had already stopped. */
  readonly tokens: readonly (number | undefined)[];
  /** Device time of the step, on the clock that DeviceReport names; undefined where the clock failed. */
  readonly duration: Seconds | undefined;
  /** Longest sequence before this step: the position that the new token takes. */
  readonly position: number;
}

export interface Advance {
  /** Time of the prompt's prefill; only in the first advance of a run. */
  readonly prefillDuration?: Seconds;
  readonly steps: readonly StepResult[];
  readonly isFinished: boolean;
  /** Wall-clock time of the whole call, submission and read-back included. */
  readonly wallTime: Seconds;
  /** A sentence where the device was lost on the way and the run went on from its tokens. */
  readonly notice?: string;
}

/** What one sequence of a paged run holds. */
export interface SequenceBlocks {
  /** Physical blocks in the order of their tokens: position p is in `blockIds[⌊p / P⌋]`, at slot p mod P. */
  readonly blockIds: readonly number[];
  /** Tokens of the sequence: its prompt and what was generated. All of them have a slot in the blocks. */
  readonly numTokens: number;
  /**
   * Tokens, from the first, whose keys and values are in the blocks: 0 before the prefill, then all but the newest,
   * whose keys and values the next step computes.
   */
  readonly numComputedTokens: number;
}

/** The block tables of a paged run, as the kernels of its next step will read them. */
export interface BlockTablesReport {
  /** P, tokens a block. */
  readonly blockSize: number;
  /** Blocks of the run's pool, which is large enough for every sequence to reach the run's capacity. */
  readonly numBlocks: number;
  /** Blocks that no sequence holds. */
  readonly numFreeBlocks: number;
  /**
   * B of them. Each holds ⌈numTokens / P⌉ blocks, or more where it stopped, or was interrupted, before the tokens that
   * blocks had been handed out for.
   */
  readonly sequences: readonly SequenceBlocks[];
}

export interface TimingRequest {
  readonly path: Path;
  readonly batch: number;
  /** Tokens already in each sequence when the timed step runs; the step computes the next one. */
  readonly position: number;
  /** Seconds that one sample should last: repeats of the step are packed into it. */
  readonly sampleDuration: Seconds;
}

/** One sample of a step that is repeated without moving on, so that its position stays the same. */
export interface StepTiming {
  readonly numRepeats: number;
  /**
   * Device time of one repeat by timestamps; undefined without timestamp-query, on a bad reading, or where the device's
   * clock and the wall clock were found to be apart by more than a factor of two.
   */
  readonly deviceDuration: Seconds | undefined;
  /** Wall-clock time of one repeat, by the slope (t(2R) − t(R)) / R. */
  readonly wallDuration: Seconds;
  /**
   * Present where one repeat was more than a submission should hold and went in several, whose times are added: how
   * many, and the most rows that a dispatch had.
   */
  readonly pieces?: { readonly count: number; readonly numRows: number };
  readonly plan: StepPlan;
}

/** A kernel that reads what the one before it wrote, where both bind an array of the same name. */
export interface KernelStage {
  readonly kernel: string;
  readonly sizes: Readonly<Record<string, number>>;
  /** Names of the request's arrays where a binding's own name is another: `{ input: "normed" }`. */
  readonly arrays?: Readonly<Record<string, string>>;
}

/** One kernel by itself, or a few in a row, on arrays of their own that hold random numbers. */
export interface KernelTimingRequest {
  /** `<folder>/<variant>`, one of those that `timedKernels` names. */
  readonly kernel: string;
  /** The kernel's sizes by their names, as its kernel.ts has them. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly numRows: number;
  /**
   * Elements of each array that the kernels bind, by its name. Kernels that ask for as many under the same name share
   * one array, so a smaller working set within a large array costs no memory.
   */
  readonly lengths: Readonly<Record<string, number>>;
  /** Kernels that follow the first in each repeat, for the same rows; each waits for the one before. */
  readonly next?: readonly KernelStage[];
  /** Seconds that one sample should last: repeats are packed into it. */
  readonly sampleDuration: Seconds;
  /**
   * `dispatch`: repeats stand in one pass. `submission`: each is sent alone and its end awaited, so that what is timed
   * is the round trip; only the wall clock can tell it.
   */
  readonly repeat: "dispatch" | "submission";
}

export interface KernelTiming {
  /** `<folder>/<variant>` of the kernel. */
  readonly kernel: string;
  /** Where it is in the model: "layer 3 · attention". */
  readonly label: string;
  readonly layer: number | undefined;
  /** In profiling mode: a pass of its own, so never to be summed into a token's time. */
  readonly duration: Seconds | undefined;
  readonly flops: Flops;
  readonly bytesRead: Bytes;
  readonly bytesWritten: Bytes;
  readonly workgroups: readonly [number, number, number];
}

export interface InspectRequest {
  /** T tokens of one sequence. */
  readonly tokens: readonly number[];
  readonly layer: number;
  /** Query head; its KV head follows from the sharing. */
  readonly head: number;
}

/** Real values of one attention head, row-major f32. */
export interface AttentionSnapshot {
  readonly numTokens: number;
  readonly headWidth: number;
  /** [T, H], rotated. */
  readonly queries: Float32Array;
  /** [T, H], rotated; a figure draws it as Kᵀ. */
  readonly keys: Float32Array;
  /** [T, H] */
  readonly values: Float32Array;
  /** [T, T] softmax weights; zero above the diagonal. */
  readonly weights: Float32Array;
  /** Id of the most probable next token. */
  readonly nextToken: number;
}

export interface MemoryReport {
  readonly numLiveBuffers: number;
  readonly liveBytes: Bytes;
  readonly numRuns: number;
}

export type EngineErrorCode =
  | "no-webgpu"
  | "device-lost"
  | "out-of-memory"
  | "bad-model"
  | "bad-request"
  | "cancelled"
  | "closed"
  | "internal";

/** A failure whose message is a sentence for the reader: what is wrong, what is allowed, what to do. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Loads one model and runs it. Every method rejects with an EngineError.
 *
 * A run is advanced a few steps at a time: to cancel it, give the signal of `advance` and call `end`.
 */
export interface Engine {
  open(request: OpenRequest): Promise<DeviceReport>;
  /** Replaces any model loaded before; its runs end. `onProgress` gets a fraction in [0, 1]. */
  load(request: LoadRequest, onProgress?: (fraction: number) => void): Promise<ModelReport>;
  encode(text: string): Promise<number[]>;
  decode(tokens: readonly number[]): Promise<string>;
  /** Reserves memory and compiles; computes nothing yet. */
  start(request: RunRequest): Promise<RunReport>;
  /**
   * Generates up to `numSteps` tokens a sequence; the first call also runs the prefill. The signal ends it after the
   * submission that is on the device, some 50 ms: it then resolves with the steps that were complete.
   */
  advance(runId: number, numSteps: number, signal?: AbortSignal): Promise<Advance>;
  /**
   * Reads the block tables of a paged run with a cache back from the device, between two calls of `advance`.
   *
   * @throws EngineError ("bad-request") for a run that keeps no blocks, or has ended.
   */
  blockTables(runId: number): Promise<BlockTablesReport>;
  end(runId: number): Promise<void>;
  /** The signal of this and of the other timings rejects it ("cancelled") after the submission on the device. */
  timeStep(request: TimingRequest, signal?: AbortSignal): Promise<StepTiming>;
  profileStep(
    request: Omit<TimingRequest, "sampleDuration">,
    signal?: AbortSignal,
  ): Promise<readonly KernelTiming[]>;
  /** Ids of the kernels that `timeKernel` takes and this device can run in good time. Needs no model. */
  timedKernels(): Promise<readonly string[]>;
  /** Needs WebGPU, and no model. Arrays are kept for the next sample until `endKernels`. */
  timeKernel(request: KernelTimingRequest, signal?: AbortSignal): Promise<StepTiming>;
  /** Frees what `timeKernel` kept. */
  endKernels(): Promise<void>;
  inspect(request: InspectRequest, signal?: AbortSignal): Promise<AttentionSnapshot>;
  memory(): Promise<MemoryReport>;
  /** Stops what is under way, and frees every buffer and the device. The engine cannot be used afterwards. */
  close(): Promise<void>;
}
