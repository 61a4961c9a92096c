// The WebGPU backend: programs become pipelines and bind groups made once, a submission becomes one command
// buffer, and what comes back is the read-backs and, where there is a clock, the passes' times.
import { bytes, seconds, KILO, type Bytes } from "../core/units/units.ts";
import {
  DeviceLost,
  type ArrayData,
  type Backend,
  type ComputePass,
  type DeviceArray,
  type Operation,
  type Program,
  type Readback,
  type Submission,
  type SubmissionResult,
} from "./backend.ts";
import { BufferLedger } from "./buffers.ts";
import type { ReadyDevice } from "./device.ts";
import type { Binding, Pass } from "./kernel.ts";
import { needsNudges, nudge } from "./nudge.ts";
import { PASS_BYTES, PassUniforms } from "./pass-uniforms.ts";
import { PipelineCache } from "./pipelines.ts";
import { MAX_TIMED_PASSES, TimestampClock, passDurations } from "./timestamps.ts";

const NUM_PASS_SLOTS = 256;
const LOSS_REPORT_MS = 50;

interface Dispatch {
  readonly operation: Operation;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
}

class GpuProgram implements Program {
  readonly operations: readonly Operation[];
  readonly dispatches: readonly Dispatch[];

  constructor(dispatches: readonly Dispatch[]) {
    this.dispatches = dispatches;
    this.operations = dispatches.map(({ operation }) => operation);
  }
}

export class WebGpuBackend implements Backend {
  readonly kind = "webgpu";
  readonly name: string;
  readonly isSoftware: boolean;
  readonly clock: "timestamp-query" | "wall";
  readonly features: ReadonlySet<string>;
  readonly lost: Promise<string>;
  readonly #device: GPUDevice;
  readonly #needsNudges = needsNudges();
  readonly #ledger: BufferLedger;
  readonly #pipelines: PipelineCache;
  readonly #uniforms: PassUniforms;
  readonly #timestamps: TimestampClock | undefined;
  readonly #buffers = new Map<DeviceArray, GPUBuffer>();
  #staging: GPUBuffer;
  #lostReason: string | undefined;
  #uncapturedError: string | undefined;
  #onLoss: ((error: DeviceLost) => void) | undefined;
  /** The tail of the queue of submissions: staging is shared, so they run one after another. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor({ device, name, isSoftware }: ReadyDevice) {
    this.name = name;
    this.isSoftware = isSoftware;
    this.features = device.features;
    this.#device = device;
    this.#ledger = new BufferLedger(device);
    this.#pipelines = new PipelineCache(device);
    this.#uniforms = new PassUniforms(
      device,
      this.#ledger.create(
        "pass",
        PassUniforms.bytesFor(NUM_PASS_SLOTS),
        GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      ),
    );
    this.#timestamps = device.features.has("timestamp-query")
      ? new TimestampClock(device, this.#ledger)
      : undefined;
    this.clock = this.#timestamps ? "timestamp-query" : "wall";
    this.#staging = this.#createStaging(64 * 1024);
    this.lost = device.lost.then(({ message, reason }) => {
      this.#lostReason = message || reason;
      this.#onLoss?.(new DeviceLost(this.#lostReason));
      return this.#lostReason;
    });
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#uncapturedError = event.error.message;
    });
  }

  get liveBytes(): Bytes {
    return this.#ledger.liveBytes;
  }

  get numLiveArrays(): number {
    return this.#buffers.size;
  }

  get maxArrayBytes(): Bytes {
    return this.#ledger.maxStorageBytes;
  }

  allocate(label: string, element: Binding["element"], length: number): DeviceArray {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const array = { label, element, length };
    this.#buffers.set(array, this.#ledger.create(label, 4 * length, usage));
    return array;
  }

  write(array: DeviceArray, data: ArrayData, offset = 0): void {
    this.#device.queue.writeBuffer(this.#buffer(array), 4 * offset, data);
  }

  free(array: DeviceArray): void {
    const buffer = this.#buffers.get(array);
    if (!buffer) return;
    this.#buffers.delete(array);
    this.#ledger.destroy(buffer);
  }

  async prepare(operations: readonly Operation[]): Promise<Program> {
    const dispatches = operations.map(async (operation): Promise<Dispatch> => {
      const { pipeline, layout } = await this.#pipelines.get(operation.kernel);
      return { operation, pipeline, bindGroup: this.#bind(operation, layout) };
    });
    return new GpuProgram(await Promise.all(dispatches));
  }

  run(submission: Submission): Promise<SubmissionResult> {
    const result = this.#busy.then(() => this.#submit(submission));
    this.#busy = result.catch(() => {});
    return result;
  }

  close(): void {
    this.#timestamps?.destroy();
    this.#ledger.destroyAll();
    this.#buffers.clear();
    this.#device.destroy();
  }

  async #submit({ passes, readbacks }: Submission): Promise<SubmissionResult> {
    this.#throwIfBroken();
    const start = performance.now();
    const isTimed = this.#timestamps !== undefined && passes.length <= MAX_TIMED_PASSES;
    const timesBytes = isTimed ? 16 * passes.length : 0;
    const dataBytes = readbacks.reduce((sum, { length }) => sum + 4 * length, 0);
    this.#growStaging(timesBytes + dataBytes);
    const encoder = this.#device.createCommandEncoder({ label: "submission" });
    this.#record(encoder, passes, isTimed);
    if (isTimed) this.#timestamps?.resolve(encoder, passes.length, this.#staging, 0);
    this.#recordReadbacks(encoder, readbacks, timesBytes);
    this.#device.queue.submit([encoder.finish()]);
    const results = await this.#readStaging(timesBytes + dataBytes);
    this.#throwIfBroken();
    return {
      wallTime: seconds((performance.now() - start) / KILO),
      passDurations: isTimed
        ? passDurations(new BigUint64Array(results, 0, timesBytes / 8))
        : passes.map(() => undefined),
      data: splitReadbacks(results, timesBytes, readbacks),
    };
  }

  #record(encoder: GPUCommandEncoder, passes: readonly ComputePass[], isTimed: boolean): void {
    const slots = this.#writeUniforms(passes);
    passes.forEach(({ label, parts }, passIndex) => {
      const timestampWrites = isTimed ? this.#timestamps?.writesFor(passIndex) : undefined;
      const computePass = encoder.beginComputePass({
        label,
        ...(timestampWrites && { timestampWrites }),
      });
      for (const { program, pass, range } of parts) {
        if (!(program instanceof GpuProgram)) throw new Error(`${label}: not a GPU program.`);
        const offset = this.#uniforms.offset(slots.get(pass) ?? 0);
        const dispatches = range ? program.dispatches.slice(...range) : program.dispatches;
        for (const { operation, pipeline, bindGroup } of dispatches) {
          computePass.setPipeline(pipeline);
          computePass.setBindGroup(0, bindGroup, [offset]);
          computePass.dispatchWorkgroups(...operation.kernel.workgroups(pass));
        }
      }
      computePass.end();
    });
  }

  /** One slot for each distinct pass object, so that a part repeated a thousand times takes one. */
  #writeUniforms(passes: readonly ComputePass[]): Map<Pass, number> {
    const distinct = new Set(passes.flatMap(({ parts }) => parts.map(({ pass }) => pass)));
    this.#uniforms.write([...distinct]);
    return new Map([...distinct].map((pass, slot) => [pass, slot]));
  }

  #recordReadbacks(
    encoder: GPUCommandEncoder,
    readbacks: readonly Readback[],
    firstByte: number,
  ): void {
    let target = firstByte;
    for (const { array, offset, length } of readbacks) {
      encoder.copyBufferToBuffer(
        this.#buffer(array),
        4 * offset,
        this.#staging,
        target,
        4 * length,
      );
      target += 4 * length;
    }
  }

  async #readStaging(numBytes: number): Promise<ArrayBuffer> {
    if (numBytes === 0) {
      await this.#answer(this.#device.queue.onSubmittedWorkDone());
      return new ArrayBuffer(0);
    }
    await this.#answer(this.#staging.mapAsync(GPUMapMode.READ, 0, this.#staging.size));
    const copy = this.#staging.getMappedRange(0, numBytes).slice(0);
    this.#staging.unmap();
    return copy;
  }

  #answer(work: Promise<unknown>): Promise<void> {
    const answer = this.#orLost(work);
    return this.#needsNudges ? nudge(answer, this.#device.queue) : answer;
  }

  /** Waits for a promise of the device, or for its loss, whichever is first: some never settle after a loss. */
  async #orLost(work: Promise<unknown>): Promise<void> {
    try {
      // One waiter at a time (submissions queue up), so the loss need not gather listeners for ever.
      await new Promise((resolve, reject) => {
        this.#onLoss = reject;
        work.then(resolve, reject);
      });
    } catch (error) {
      if (error instanceof DeviceLost) throw error;
      // A lost device may reject the mapping just before it reports the loss.
      await new Promise((resolve) => setTimeout(resolve, LOSS_REPORT_MS));
      this.#throwIfBroken();
      throw error;
    } finally {
      this.#onLoss = undefined;
    }
  }

  #throwIfBroken(): void {
    if (this.#lostReason !== undefined) throw new DeviceLost(this.#lostReason);
    if (this.#uncapturedError === undefined) return;
    const message = this.#uncapturedError;
    this.#uncapturedError = undefined;
    throw new Error(`WebGPU reported an error: ${message}`);
  }

  #growStaging(numBytes: number): void {
    if (numBytes <= this.#staging.size) return;
    this.#ledger.destroy(this.#staging);
    this.#staging = this.#createStaging(numBytes);
  }

  #createStaging(numBytes: number): GPUBuffer {
    // Mapped ranges must be multiples of eight bytes for the times that stand first.
    const size = Math.ceil(numBytes / 8) * 8;
    return this.#ledger.create("staging", size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  }

  #bind(operation: Operation, layout: GPUBindGroupLayout): GPUBindGroup {
    const names = Object.keys(operation.kernel.bindings);
    const storage = names.map((name, binding) => {
      const array = operation.arrays[name];
      if (!array) throw new Error(`${operation.label}: nothing is bound to "${name}".`);
      return { binding, resource: { buffer: this.#buffer(array) } };
    });
    const uniform = { buffer: this.#uniforms.buffer, size: PASS_BYTES };
    return this.#device.createBindGroup({
      label: operation.label,
      layout,
      entries: [...storage, { binding: names.length, resource: uniform }],
    });
  }

  #buffer(array: DeviceArray): GPUBuffer {
    const buffer = this.#buffers.get(array);
    if (!buffer) throw new Error(`The array "${array.label}" was freed or belongs elsewhere.`);
    return buffer;
  }
}

function splitReadbacks(
  results: ArrayBuffer,
  firstByte: number,
  readbacks: readonly Readback[],
): ArrayData[] {
  let source = firstByte;
  return readbacks.map(({ array, length }) => {
    const View = array.element === "f32" ? Float32Array : Uint32Array;
    const data = new View(results, source, length);
    source += bytes(4 * length);
    return data;
  });
}
