// The backend of readers without WebGPU: it runs every kernel's CPU twin, in this thread.
import { bytes, seconds, GIBI, KILO } from "../core/units/units.ts";
import {
  operationsOf,
  OutOfMemoryBudget,
  type ArrayData,
  type Backend,
  type DeviceArray,
  type Operation,
  type Program,
  type Submission,
  type SubmissionResult,
} from "./backend.ts";
import type { Binding } from "./kernel.ts";

/** Largest typed array that every engine allocates without complaint. */
const MAX_ARRAY_BYTES = bytes(GIBI);

export class CpuBackend implements Backend {
  readonly kind = "cpu";
  readonly name = "CPU (JavaScript)";
  readonly isSoftware = true;
  readonly clock = "wall";
  readonly features = new Set<string>();
  readonly maxArrayBytes = MAX_ARRAY_BYTES;
  readonly lost = new Promise<string>(() => {});
  readonly #arrays = new Map<DeviceArray, ArrayData>();

  get liveBytes() {
    let total = 0;
    for (const data of this.#arrays.values()) total += data.byteLength;
    return bytes(total);
  }

  get numLiveArrays(): number {
    return this.#arrays.size;
  }

  allocate(label: string, element: Binding["element"], length: number): DeviceArray {
    if (length * 4 > MAX_ARRAY_BYTES) {
      throw new OutOfMemoryBudget(`"${label}" does not fit in one array of ${GIBI} bytes.`);
    }
    const array = { label, element, length };
    this.#arrays.set(array, element === "f32" ? new Float32Array(length) : new Uint32Array(length));
    return array;
  }

  write(array: DeviceArray, data: ArrayData, offset = 0): void {
    this.#data(array).set(data, offset);
  }

  free(array: DeviceArray): void {
    this.#arrays.delete(array);
  }

  prepare(operations: readonly Operation[]): Promise<Program> {
    return Promise.resolve({ operations });
  }

  run({ passes, readbacks }: Submission): Promise<SubmissionResult> {
    const start = performance.now();
    const passDurations = passes.map(({ parts }) => {
      const passStart = performance.now();
      for (const part of parts) {
        for (const { kernel, arrays } of operationsOf(part)) {
          kernel.twin(this.#bound(arrays), part.pass);
        }
      }
      return seconds((performance.now() - passStart) / KILO);
    });
    const data = readbacks.map(({ array, offset, length }) =>
      this.#data(array).slice(offset, offset + length),
    );
    const wallTime = seconds((performance.now() - start) / KILO);
    return Promise.resolve({ passDurations, wallTime, data });
  }

  close(): void {
    this.#arrays.clear();
  }

  #bound(arrays: Operation["arrays"]): Record<string, ArrayData> {
    return Object.fromEntries(
      Object.entries(arrays).map(([name, array]) => [name, this.#data(array)]),
    );
  }

  #data(array: DeviceArray): ArrayData {
    const data = this.#arrays.get(array);
    if (!data) throw new Error(`The array "${array.label}" was freed or belongs elsewhere.`);
    return data;
  }
}
