// Times kernels by themselves, on arrays of their own: what the ladder and the sweeps of the experiments ask for.
import { bytes, seconds, type Bytes, type Seconds } from "../core/units/units.ts";
import type { Backend, DeviceArray, Operation, PassPart } from "../gpu/backend.ts";
import type { Binding, Pass, SizedKernel } from "../gpu/kernel.ts";
import { createRandom } from "../core/statistics/random.ts";
import { addCosts } from "../core/cost/cost.ts";
import {
  EngineError,
  type KernelStage,
  type KernelTimingRequest,
  type StepTiming,
} from "./engine.ts";
import { SUBMISSION_TARGET, workloadOf } from "./pace.ts";
import { RepeatTimer, type RepeatSample } from "./repeat-timing.ts";
import {
  compiled,
  neverInterrupted,
  throwIfInterrupted,
  type Interrupted,
  type PacedHost,
} from "./submissions.ts";
import { findTimedKernel, timedKernelIds } from "./timed-kernels.ts";

/** A dispatch may take a microsecond; twice as many in one pass are still recorded in some milliseconds. */
const MAX_DISPATCHES = 4096;
const MAX_SUBMISSIONS = 256;
const MAX_WORKGROUPS = 65_535;
/** Random numbers are written to an array block after block, always the same block. */
const BLOCK_LENGTH = 2 ** 18;

type KernelWork = Omit<KernelTimingRequest, "sampleDuration" | "repeat">;

interface PreparedKernel {
  readonly part: PassPart;
  readonly plan: StepTiming["plan"];
  readonly dispatches: RepeatTimer;
}

export class KernelBench {
  readonly #host: PacedHost;
  readonly #arrays = new Map<string, DeviceArray>();
  readonly #prepared = new Map<string, Promise<PreparedKernel>>();
  #lastSubmission: Seconds | undefined;

  constructor(host: PacedHost) {
    this.#host = host;
  }

  get #backend(): Backend {
    return this.#host.backend;
  }

  kernelIds(): readonly string[] {
    return timedKernelIds(this.#backend);
  }

  /**
   * Bytes that this request would add to what is held.
   *
   * @throws EngineError ("bad-request") for an unknown kernel, or sizes and lengths that do not fit it.
   */
  missingBytes(request: KernelWork): { readonly total: Bytes; readonly largest: Bytes } {
    const keys = new Map<string, number>();
    for (const stage of stagesOf(request)) {
      for (const array of getArrays(stage, request)) {
        const { name } = array;
        const key = arrayKey(array, request);
        if (!this.#arrays.has(key)) keys.set(key, 4 * (request.lengths[name] ?? 0));
      }
    }
    const sizes = [...keys.values()];
    return {
      total: bytes(sizes.reduce((sum, size) => sum + size, 0)),
      largest: bytes(Math.max(0, ...sizes)),
    };
  }

  /** @throws EngineError ("cancelled") between two submissions, where that is asked. */
  async sample(
    request: KernelTimingRequest,
    isInterrupted: Interrupted = neverInterrupted,
  ): Promise<StepTiming> {
    const { part, plan, dispatches } = await compiled(this.#prepare(request), isInterrupted);
    throwIfInterrupted(isInterrupted);
    const sample =
      request.repeat === "dispatch"
        ? await dispatches.sample(request.sampleDuration, isInterrupted)
        : await this.#sampleSubmissions(part, request.sampleDuration, isInterrupted);
    return { ...sample, plan };
  }

  free(): void {
    for (const array of this.#arrays.values()) this.#backend.free(array);
    this.#arrays.clear();
    this.#prepared.clear();
  }

  #prepare(request: KernelWork): Promise<PreparedKernel> {
    const { kernel, sizes, numRows, lengths, next } = request;
    const key = JSON.stringify([kernel, sizes, numRows, lengths, next]);
    const known = this.#prepared.get(key);
    if (known) return known;
    const made = this.#make(request);
    this.#prepared.set(key, made);
    made.catch(() => this.#prepared.delete(key));
    return made;
  }

  async #make(request: KernelWork): Promise<PreparedKernel> {
    const pass = passOf(request);
    const operations = stagesOf(request).map((stage): Operation => {
      const kernel = getSized(stage, pass);
      const arrays = Object.fromEntries(
        getArrays(stage, request).map((array) => [array.boundAs, this.#array(array, request)]),
      );
      return { kernel, arrays, label: kernel.id };
    });
    const part = { program: await this.#backend.prepare(operations), pass };
    const cost = addCosts(operations.map(({ kernel }) => kernel.cost(pass)));
    return {
      part,
      plan: { ...cost, numDispatches: operations.length, numRows: request.numRows },
      dispatches: new RepeatTimer(this.#host, () => [part], {
        maxRepeats: MAX_DISPATCHES,
        cutting: { cutsRows: true },
      }),
    };
  }

  #array(named: NamedArray, request: KernelWork): DeviceArray {
    const key = arrayKey(named, request);
    const known = this.#arrays.get(key);
    if (known) return known;
    const { name, binding, table } = named;
    const array = this.#backend.allocate(name, binding.element, request.lengths[name] ?? 0);
    this.#arrays.set(key, array);
    if (table !== undefined) this.#backend.write(array, table);
    else if (binding.element === "f32") this.#fill(array);
    return array;
  }

  /** Numbers in (0, 1): zeros cost a GPU less power than a model's numbers do. */
  #fill(array: DeviceArray): void {
    const random = createRandom(1);
    const length = Math.min(BLOCK_LENGTH, array.length);
    const block = Float32Array.from({ length }, () => random());
    for (let offset = 0; offset < array.length; offset += BLOCK_LENGTH) {
      const rest = array.length - offset;
      this.#backend.write(array, rest < length ? block.subarray(0, rest) : block, offset);
    }
  }

  /** Submissions one after another, the end of each awaited: a round trip, by the wall clock alone. */
  async #sampleSubmissions(
    part: PassPart,
    sampleDuration: Seconds,
    isInterrupted: Interrupted,
  ): Promise<RepeatSample> {
    if (this.#host.pace.isTooLong(workloadOf([part]))) {
      refuse(
        "A round trip is timed with little work: this is more than one submission should hold.",
      );
    }
    const single = this.#lastSubmission ?? (await this.#runSubmissions(part, 1, isInterrupted));
    const wanted = Math.ceil(Math.min(sampleDuration, SUBMISSION_TARGET) / single);
    const numRepeats = Math.min(MAX_SUBMISSIONS, Math.max(1, wanted));
    const once = await this.#runSubmissions(part, numRepeats, isInterrupted);
    this.#lastSubmission = seconds(once / numRepeats);
    return { numRepeats, deviceDuration: undefined, wallDuration: this.#lastSubmission };
  }

  async #runSubmissions(
    part: PassPart,
    numRepeats: number,
    isInterrupted: Interrupted,
  ): Promise<Seconds> {
    let wall = 0;
    for (let repeat = 0; repeat < numRepeats; repeat++) {
      throwIfInterrupted(isInterrupted);
      const passes = [{ label: "round trip", parts: [part] }];
      wall += (await this.#backend.run({ passes, readbacks: [] })).wallTime;
    }
    return seconds(wall);
  }
}

/** Tables differ by what they hold, other arrays by their length alone. */
function arrayKey({ name, binding, table }: NamedArray, { lengths }: KernelWork): string {
  return `${name} ${binding.element} ${lengths[name]} ${table?.join() ?? ""}`;
}

/** The context is that of the stages over a cache, which all have the same. */
function passOf(request: KernelWork): Pass {
  const { numRows } = request;
  const contexts = stagesOf(request).map(
    ({ kernel, sizes }) => findTimedKernel(kernel)?.numContextTokens(sizes, numRows) ?? 0,
  );
  return { numRows, firstRow: 0, numContextTokens: Math.max(...contexts) };
}

function stagesOf({ kernel, sizes, next = [] }: KernelWork): readonly KernelStage[] {
  return [{ kernel, sizes }, ...next];
}

interface NamedArray {
  /** The binding's own name. */
  readonly boundAs: string;
  /** The request's name for the array. */
  readonly name: string;
  readonly binding: Binding;
  /** What it holds; absent: random numbers, or whatever was there. */
  readonly table: Uint32Array<ArrayBuffer> | undefined;
}

function getArrays(
  { kernel, sizes, arrays = {} }: KernelStage,
  { lengths, numRows }: KernelWork,
): NamedArray[] {
  const found = findTimedKernel(kernel);
  if (!found) refuse(`There is no kernel "${kernel}" to be timed by itself.`);
  if (!isCount(numRows)) refuse(`${kernel}: the rows are a whole number from 1; got ${numRows}.`);
  const tables = found.tables(sizes, numRows);
  return Object.entries(found.bindings).map(([boundAs, binding]) => {
    const name = arrays[boundAs] ?? boundAs;
    if (!isCount(lengths[name])) {
      refuse(`${kernel}: the length of "${name}" is a whole number from 1; got ${lengths[name]}.`);
    }
    const table = tables[boundAs];
    if (table !== undefined && table.length > (lengths[name] ?? 0)) {
      refuse(`${kernel}: "${name}" needs ${table.length} elements; got ${lengths[name]}.`);
    }
    return { boundAs, name, binding, table };
  });
}

function getSized({ kernel, sizes }: KernelStage, pass: Pass): SizedKernel {
  const sized = findTimedKernel(kernel)?.findSized(sizes);
  const given = JSON.stringify(sizes);
  if (!sized) refuse(`${kernel}: its sizes are not all given as whole numbers in ${given}.`);
  const groups = sized.workgroups(pass);
  if (groups.some((count) => count < 1 || count > MAX_WORKGROUPS)) {
    refuse(`${kernel}: ${groups.join(" × ")} workgroups are outside 1 to ${MAX_WORKGROUPS}.`);
  }
  return sized;
}

function isCount(value: number | undefined): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function refuse(sentence: string): never {
  throw new EngineError("bad-request", sentence);
}
