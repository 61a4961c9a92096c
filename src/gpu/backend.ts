// Where kernels run. Two backends answer to one interface: a WebGPU device, and the CPU twins.
import type { Bytes, Seconds } from "../core/units/units.ts";
import type { Binding, Pass, SizedKernel } from "./kernel.ts";

export type ArrayData = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** A labelled array on the backend's side. */
export interface DeviceArray {
  readonly label: string;
  readonly element: Binding["element"];
  /** Elements, four bytes each. */
  readonly length: number;
}

/** One dispatch: a kernel and the arrays bound to its names. */
export interface Operation {
  readonly kernel: SizedKernel;
  readonly arrays: Readonly<Record<string, DeviceArray>>;
  /** Where it is in the model, for timelines and error messages. */
  readonly label: string;
}

/** Operations whose pipelines are compiled and whose bindings are made: ready to be recorded many times. */
export interface Program {
  readonly operations: readonly Operation[];
}

/** A program, or a range of its operations, over some rows. */
export interface PassPart {
  readonly program: Program;
  readonly pass: Pass;
  /** The operations from the first index up to, and without, the second. Absent: all of them. */
  readonly range?: readonly [first: number, end: number];
}

/** What is timed as one: the parts run in order, each over its own rows. */
export interface ComputePass {
  readonly label: string;
  readonly parts: readonly PassPart[];
}

/** The operations that a part runs. */
export function operationsOf({ program, range }: PassPart): readonly Operation[] {
  return range ? program.operations.slice(...range) : program.operations;
}

export interface Readback {
  readonly array: DeviceArray;
  /** In elements. */
  readonly offset: number;
  readonly length: number;
}

export interface Submission {
  readonly passes: readonly ComputePass[];
  readonly readbacks: readonly Readback[];
}

export interface SubmissionResult {
  /** Device time of each pass; undefined where there is no device clock or its reading was no time. */
  readonly passDurations: readonly (Seconds | undefined)[];
  /** From just before the submission until the results were in hand. */
  readonly wallTime: Seconds;
  readonly data: readonly ArrayData[];
}

/** The device went away: a driver reset, a crashed GPU process, or `destroy`. */
export class DeviceLost extends Error {
  override readonly name = "DeviceLost";
}

/** A request for memory that this backend cannot give; `message` is a sentence for the reader. */
export class OutOfMemoryBudget extends Error {
  override readonly name = "OutOfMemoryBudget";
}

export interface Backend {
  readonly kind: "webgpu" | "cpu";
  /** For labels: the adapter's vendor and architecture. */
  readonly name: string;
  readonly isSoftware: boolean;
  readonly clock: "timestamp-query" | "wall";
  /** Features of the device that optional kernels may ask for. */
  readonly features: ReadonlySet<string>;
  /** Bytes that fit in one array. */
  readonly maxArrayBytes: Bytes;
  readonly liveBytes: Bytes;
  readonly numLiveArrays: number;
  /** Settles when the device is lost, with the reason; never rejects. */
  readonly lost: Promise<string>;

  /**
   * Makes an array of zeros.
   *
   * @throws OutOfMemoryBudget if it is larger than one array may be.
   */
  allocate(label: string, element: Binding["element"], length: number): DeviceArray;
  write(array: DeviceArray, data: ArrayData, offset?: number): void;
  free(array: DeviceArray): void;
  /** @throws Error naming the kernel if it does not compile or its bindings do not fit. */
  prepare(operations: readonly Operation[]): Promise<Program>;
  /**
   * Runs the passes in order as one submission.
   *
   * @throws DeviceLost if the device goes away before the results are in hand.
   */
  run(submission: Submission): Promise<SubmissionResult>;
  close(): void;
}
