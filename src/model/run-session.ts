// One run on one backend: its arrays, its programs, and the tokens of its sequences. It is advanced step by
// step; the device goes on from token to token by itself, and the host reads back token ids once a submission.
import { addCosts, type Cost } from "../core/cost/cost.ts";
import { seconds, type Seconds } from "../core/units/units.ts";
import {
  operationsOf,
  type Backend,
  type DeviceArray,
  type Operation,
  type PassPart,
  type Program,
  type Readback,
  type SubmissionResult,
} from "../gpu/backend.ts";
import type { Pass } from "../gpu/kernel.ts";
import { BlockTables } from "./block-tables.ts";
import type { DeviceModel } from "./device-model.ts";
import type { BlockTablesReport, Path, Sampling, StepPlan, StepResult } from "./engine.ts";
import type { KernelChooser } from "./kernel-choice.ts";
import { amountOf, busyTime, SUBMISSION_TARGET, workloadOf, type Pace } from "./pace.ts";
import {
  advanceOperations,
  forwardOperations,
  headOperations,
  selectOperations,
  type PlanContext,
} from "./plan.ts";
import { ropeTable } from "./rope-table.ts";
import { allocateRun, BLOCK_SIZE, freeRun, type RunArrays, type RunShape } from "./run-arrays.ts";
import { gridRows, lastRowsOf, promptRows, samplingWords, stopTokenWords } from "./run-tables.ts";
import {
  letMessagesIn,
  neverInterrupted,
  sumDurations,
  takeSubmission,
  unitOf,
  type Unit,
} from "./submissions.ts";

/** Steps that are planned ahead at most, whatever the pace says. */
const MAX_STEPS_PER_SUBMISSION = 64;

export interface SessionRequest {
  /** Tokens known so far: prompts, or, after a lost device, prompts and what was generated. */
  readonly sequences: readonly (readonly number[])[];
  readonly isFinished: readonly boolean[];
  readonly path: Path;
  readonly sampling: Sampling;
  readonly stopTokens: readonly number[];
  readonly capacity: number;
  readonly maxRows: number;
}

export interface SessionHost {
  readonly backend: Backend;
  readonly model: DeviceModel;
  readonly choose: KernelChooser;
  readonly pace: Pace;
}

export class RunSession {
  readonly run: RunShape;
  readonly arrays: RunArrays;
  readonly host: SessionHost;
  readonly sampling: Sampling;
  readonly tokens: number[][];
  readonly isFinished: boolean[];
  readonly #blockTables: BlockTables | undefined;
  readonly #programs = new Map<string, Promise<Program>>();
  #hasPrefilled = false;

  constructor(host: SessionHost, request: SessionRequest) {
    const { path, capacity, maxRows } = request;
    this.host = host;
    this.run = runShapeOf(request);
    this.sampling = request.sampling;
    this.tokens = request.sequences.map((sequence) => [...sequence]);
    this.isFinished = [...request.isFinished];
    this.#blockTables =
      path.kvLayout === "paged"
        ? new BlockTables(this.tokens.length, capacity, BLOCK_SIZE)
        : undefined;
    if (maxRows < this.tokens.length) throw new RangeError("A pass must hold one row a sequence.");
    this.arrays = allocateRun(host.backend, host.model.config, this.run);
    this.#writeTables(request);
  }

  get context(): PlanContext {
    return { model: this.host.model, run: this.run, arrays: this.arrays };
  }

  get numSequences(): number {
    return this.tokens.length;
  }

  get longest(): number {
    return Math.max(...this.tokens.map((sequence) => sequence.length));
  }

  free(): void {
    freeRun(this.host.backend, this.arrays);
  }

  /** Compiles everything that the next steps need. */
  async prepare(): Promise<void> {
    await Promise.all([this.tableForward(), this.tableHead(), this.decodeStep()]);
  }

  /** Operations of a decode step without the bookkeeping that moves on: what is timed and profiled. */
  decodeOperations(): Operation[] {
    const choice = this.host.choose(this.numSequences);
    return [
      ...forwardOperations(this.context, this.arrays.decodeRows, choice),
      ...headOperations(this.context, this.arrays.hidden, this.sampling, choice),
    ];
  }

  /** Operations over rows of the table, up to the selection of each sequence's last row. */
  tableOperations(): Operation[] {
    const choice = this.host.choose(this.run.maxRows);
    return [
      ...forwardOperations(this.context, this.arrays.tableRows, choice),
      ...selectOperations(this.context),
    ];
  }

  tableHeadOperations(): Operation[] {
    const choice = this.host.choose(this.numSequences);
    return headOperations(this.context, this.arrays.selected, this.sampling, choice);
  }

  tableForward(): Promise<Program> {
    return this.#program("table forward", () => this.tableOperations());
  }

  tableHead(): Promise<Program> {
    return this.#program("table head", () => [
      ...this.tableHeadOperations(),
      ...advanceOperations(this.context),
    ]);
  }

  decodeStep(): Promise<Program> {
    return this.#program("decode", () => [
      ...this.decodeOperations(),
      ...advanceOperations(this.context),
    ]);
  }

  /** The pass of a decode step in which every sequence holds `length` tokens (or its own number, if absent). */
  decodePass(length?: number): Pass {
    return this.#decodeRows(0, this.numSequences, length);
  }

  /**
   * The parts of a decode step, each of which can be cut between its dispatches: all rows at once, or some rows after
   * others where a single dispatch over all of them would hold the device for too long.
   *
   * @param numByRows - operations of the program, from the first, that compute each row by itself.
   */
  decodeParts(program: Program, numByRows: number, length?: number): PassPart[] {
    const whole = { program, pass: this.decodePass(length) };
    if (!this.host.pace.isTooLong(workloadOf([whole]))) return [whole];
    const fitting = this.#rowsOfLongest(this.numSequences, (count) => ({
      program,
      pass: this.#decodeRows(0, count, length),
      range: [0, numByRows],
    }));
    if (fitting === this.numSequences) return [whole];
    const rowsPerPart = Math.ceil(this.numSequences / Math.ceil(this.numSequences / fitting));
    const parts: PassPart[] = [];
    for (let first = 0; first < this.numSequences; first += rowsPerPart) {
      const count = Math.min(rowsPerPart, this.numSequences - first);
      const pass = this.#decodeRows(first, count, length);
      parts.push({ program, pass, range: [0, numByRows] });
    }
    const numOperations = program.operations.length;
    if (numByRows < numOperations) parts.push({ ...whole, range: [numByRows, numOperations] });
    return parts;
  }

  /** Rows up to `mostRows` for which no dispatch of a part is too long by itself. */
  #rowsOfLongest(mostRows: number, partOf: (numRows: number) => PassPart): number {
    const { pace } = this.host;
    const numDispatches = operationsOf(partOf(mostRows)).length;
    let numRows = mostRows;
    for (let index = 0; index < numDispatches; index++) {
      const loadOf = (count: number) =>
        workloadOf([{ ...partOf(count), range: [index, index + 1] }]);
      if (pace.isTooLong(loadOf(numRows))) numRows = pace.rowsWithin(numRows, loadOf);
    }
    return numRows;
  }

  #decodeRows(first: number, count: number, length?: number): Pass {
    const context = this.tokens.slice(first, first + count);
    return {
      numRows: count,
      firstRow: first,
      numContextTokens: context.reduce((sum, tokens) => sum + (length ?? tokens.length), 0),
    };
  }

  /**
   * The passes over all table rows of a step, of as many rows as the device takes at a time. On software only the
   * longest dispatch counts, since a pass is cut between its dispatches, and kernels that compute many rows at once
   * lose by small passes. A GPU's pass is not cut before it was timed, so all of it should fit.
   */
  pacedTablePasses(program: Program, longest: number): Pass[] {
    const { backend, pace } = this.host;
    const probe = this.tablePasses(longest, this.run.maxRows);
    const totalRows = probe.reduce((sum, pass) => sum + pass.numRows, 0);
    const context = probe.reduce((sum, pass) => sum + pass.numContextTokens, 0);
    const mostRows = Math.min(totalRows, this.run.maxRows);
    const partOf = (numRows: number): PassPart => ({
      program,
      pass: { numRows, firstRow: 0, numContextTokens: (context * numRows) / totalRows },
    });
    const rowsPerPass = backend.isSoftware
      ? this.#rowsOfLongest(mostRows, partOf)
      : pace.rowsWithin(mostRows, (numRows) => workloadOf([partOf(numRows)]));
    return this.tablePasses(longest, rowsPerPass);
  }

  /** The passes over all table rows of a step: the prompts', or everything up to `longest` tokens. */
  tablePasses(longest: number, rowsPerPass: number): Pass[] {
    const numRows = this.run.path.cache
      ? this.tokens.reduce((sum, sequence) => sum + sequence.length, 0)
      : this.numSequences * longest;
    const passes: Pass[] = [];
    for (let firstRow = 0; firstRow < numRows; firstRow += rowsPerPass) {
      const count = Math.min(rowsPerPass, numRows - firstRow);
      passes.push({
        numRows: count,
        firstRow,
        numContextTokens: this.#contextOfRows(firstRow, count),
      });
    }
    return passes;
  }

  /** What one step costs when the longest sequence holds `longest` tokens. */
  stepPlan(longest: number): StepPlan {
    const parts: [Operation[], Pass][] = this.run.path.cache
      ? [[this.decodeOperations(), this.decodePass(longest)]]
      : [
          ...this.tablePasses(longest, this.run.maxRows).map((pass): [Operation[], Pass] => [
            this.tableOperations(),
            pass,
          ]),
          [this.tableHeadOperations(), this.decodePass(longest)],
        ];
    const withAdvance: [Operation[], Pass][] = [
      ...parts,
      [advanceOperations(this.context), this.decodePass(longest)],
    ];
    const cost = addCosts(withAdvance.map(([operations, pass]) => costOf(operations, pass)));
    return {
      ...cost,
      numDispatches: withAdvance.reduce((sum, [operations]) => sum + operations.length, 0),
      numRows: this.run.path.cache ? this.numSequences : this.numSequences * longest,
    };
  }

  /**
   * Generates tokens until `steps` holds `numSteps` of them or every sequence has stopped.
   *
   * A step may be cut between its dispatches, and what was not complete is computed again from its first dispatch. That
   * gives the same: the embedding overwrites the residual stream that the layers add to, keys and values go to the
   * slots they were in, a draw depends on the seed, the sequence and its length alone, and only the last dispatch of a
   * step moves the lengths on. Its results are read back by the submission that holds it.
   *
   * @param steps - filled as results arrive, so that what came before a lost device is not lost with it.
   * @param isInterrupted - ends it between two submissions.
   * @returns the time of the prompt's prefill, if this call ran it.
   */
  async advance(
    numSteps: number,
    steps: StepResult[],
    isInterrupted = neverInterrupted,
  ): Promise<Seconds | undefined> {
    let prefillDuration: Seconds | undefined;
    let pending: (Seconds | undefined)[] = [];
    while (steps.length < numSteps && !this.isDone && !isInterrupted()) {
      const isPrefill = this.run.path.cache && !this.#hasPrefilled;
      const queue = isPrefill
        ? await this.#tableUnits(this.longest)
        : await this.#stepUnits(numSteps - steps.length);
      while (queue.length > 0) {
        if (isInterrupted()) return prefillDuration;
        const submission = takeSubmission(queue, this.host.pace);
        const result = await this.#submit(submission);
        await letMessagesIn(this.host.backend);
        const taken = this.#takeTokens(submission, result, pending);
        pending = taken.pending;
        steps.push(...taken.steps);
      }
      if (isPrefill) {
        this.#hasPrefilled = true;
        prefillDuration = steps.at(-1)?.duration;
      }
    }
    return prefillDuration;
  }

  /** The block tables as they stand on the device. Only for a paged run. */
  async readBlockTables(): Promise<BlockTablesReport> {
    const tables = this.#blockTables;
    if (!tables) throw new RangeError("This run is not paged.");
    const { blockTable } = this.arrays;
    const { data } = await this.host.backend.run({
      passes: [],
      readbacks: [{ array: blockTable, offset: 0, length: blockTable.length }],
    });
    const stored = Uint32Array.from(data[0] ?? []);
    return {
      blockSize: tables.blockSize,
      numBlocks: tables.numBlocks,
      numFreeBlocks: tables.numFreeBlocks,
      sequences: this.tokens.map(({ length }, sequence) => ({
        blockIds: Array.from(tables.heldEntries(sequence, stored)),
        numTokens: length,
        numComputedTokens: this.#hasPrefilled ? length - 1 : 0,
      })),
    };
  }

  /** No sequence can take another token. */
  get isDone(): boolean {
    return this.longest >= this.run.capacity || this.isFinished.every(Boolean);
  }

  /** The next steps of decoding, or of recomputing everything: as many as one submission should hold. */
  async #stepUnits(numSteps: number): Promise<Unit[]> {
    const room = this.run.capacity - this.longest;
    const numPlanned = Math.min(numSteps, room, MAX_STEPS_PER_SUBMISSION);
    const units: Unit[] = [];
    let estimated = 0;
    for (let step = 0; step < numPlanned && estimated < SUBMISSION_TARGET; step++) {
      const planned = await this.#oneStep(this.longest + step);
      units.push(...planned);
      for (const { load } of planned) estimated += this.host.pace.estimate(load);
    }
    return units;
  }

  async #oneStep(longest: number): Promise<Unit[]> {
    if (!this.run.path.cache) return this.#tableUnits(longest);
    const program = await this.decodeStep();
    const parts = [{ program, pass: this.decodePass(longest) }];
    const whole = unitOf("decode step", parts, true);
    if (!this.host.pace.isTooLong(whole.load)) return [whole];
    const numByRows = program.operations.length - advanceOperations(this.context).length;
    return this.decodeParts(program, numByRows, longest).map((part, index, { length }) =>
      unitOf("decode step", [part], index === length - 1),
    );
  }

  /** One step over all rows of the table, in chunks that keep a submission short, and the head at its end. */
  async #tableUnits(longest: number): Promise<Unit[]> {
    const [program, head] = await Promise.all([this.tableForward(), this.tableHead()]);
    const passes = this.pacedTablePasses(program, longest);
    return passes.map((pass, index): Unit => {
      const endsStep = index === passes.length - 1;
      const parts = [{ program, pass }];
      if (endsStep) parts.push({ program: head, pass: this.decodePass() });
      return unitOf(`rows ${pass.firstRow}…`, parts, endsStep);
    });
  }

  async #submit(units: readonly Unit[]): Promise<SubmissionResult> {
    const { backend, pace } = this.host;
    const numSteps = units.filter((unit) => unit.endsStep).length;
    this.#growBlockTables(numSteps);
    const result = await backend.run({ passes: units, readbacks: this.#readbacks(numSteps) });
    pace.learn(
      units.flatMap(({ load }) => load),
      busyTime(result),
    );
    return result;
  }

  #readbacks(numSteps: number): Readback[] {
    const { tokens, lengths, finished } = this.arrays;
    const count = this.numSequences;
    if (numSteps === 0) return [];
    return [
      { array: lengths, offset: 0, length: count },
      { array: finished, offset: 0, length: count },
      ...this.tokens.map((sequence, index) => ({
        array: tokens,
        offset: index * this.run.capacity + sequence.length,
        length: Math.min(numSteps, this.run.capacity - sequence.length),
      })),
    ].filter(({ length }) => length > 0);
  }

  /** Adds what a submission brought to the sequences; durations of an unended step are carried on. */
  #takeTokens(
    units: readonly Unit[],
    result: SubmissionResult,
    carried: readonly (Seconds | undefined)[],
  ): { steps: StepResult[]; pending: (Seconds | undefined)[] } {
    const durations = this.#unitDurations(units, result);
    const numSteps = units.filter((unit) => unit.endsStep).length;
    const fresh = numSteps > 0 ? this.#freshTokens(result, numSteps) : [];
    const steps: StepResult[] = [];
    let pending = [...carried];
    units.forEach((unit, index) => {
      pending.push(durations[index]);
      if (!unit.endsStep) return;
      const position = this.longest;
      const tokens = fresh.map((sequence) => sequence[steps.length]);
      tokens.forEach((token, sequence) => {
        if (token !== undefined) this.tokens[sequence]?.push(token);
      });
      if (tokens.some((token) => token !== undefined)) {
        steps.push({ tokens, duration: sumDurations(pending), position });
      }
      pending = [];
    });
    return { steps, pending };
  }

  /** New tokens of each sequence, in order; shorter where a sequence stopped. */
  #freshTokens({ data }: SubmissionResult, numSteps: number): number[][] {
    const [lengths, finished, ...slices] = data;
    let slice = 0;
    return this.tokens.map((sequence, index) => {
      const room = Math.min(numSteps, this.run.capacity - sequence.length);
      const stored = room > 0 ? slices[slice++] : undefined;
      const numNew = (lengths?.[index] ?? 0) - sequence.length;
      this.isFinished[index] = finished?.[index] === 1;
      return stored ? Array.from(stored.subarray(0, numNew)) : [];
    });
  }

  #unitDurations(units: readonly Unit[], result: SubmissionResult): (Seconds | undefined)[] {
    if (this.host.backend.clock === "timestamp-query" || this.host.backend.kind === "cpu") {
      return [...result.passDurations];
    }
    // Without a device clock the submission's wall time is shared out by the work of its passes.
    const amounts = units.map(({ load }) => amountOf(load));
    const total = amounts.reduce((sum, amount) => sum + amount, 0);
    return amounts.map((amount) => seconds((result.wallTime * amount) / total));
  }

  #growBlockTables(numSteps: number): void {
    const tables = this.#blockTables;
    if (!tables) return;
    const { capacity, path } = this.run;
    const changes = this.tokens.map((sequence, index) => {
      const base = path.cache ? sequence.length : this.longest;
      return tables.grow(index, Math.min(capacity, base + numSteps));
    });
    if (changes.some(Boolean)) this.host.backend.write(this.arrays.blockTable, tables.table);
  }

  /** Σ over table rows of the tokens that each attends to. */
  #contextOfRows(firstRow: number, count: number): number {
    if (!this.run.path.cache) {
      let sum = 0;
      for (let row = firstRow; row < firstRow + count; row++) {
        sum += Math.floor(row / this.numSequences) + 1;
      }
      return sum;
    }
    let sum = 0;
    let sequenceStart = 0;
    for (const { length } of this.tokens) {
      const from = Math.max(0, firstRow - sequenceStart);
      const to = Math.min(length, firstRow + count - sequenceStart);
      // Positions from…to−1 attend to from+1…to tokens.
      if (to > from) sum += ((from + 1 + to) * (to - from)) / 2;
      sequenceStart += length;
    }
    return sum;
  }

  #writeTables({ stopTokens }: SessionRequest): void {
    const { backend, model } = this.host;
    const { capacity, numSequences, numTableRows, path } = this.run;
    const lengths = this.tokens.map((sequence) => sequence.length);
    const tokens = new Uint32Array(numSequences * capacity);
    this.tokens.forEach((sequence, index) => tokens.set(sequence, index * capacity));
    const rows = path.cache ? promptRows(lengths) : gridRows(numSequences, numTableRows);
    const writes: [DeviceArray, Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>][] = [
      [this.arrays.tokens, tokens],
      [this.arrays.tableRows, rows],
      [this.arrays.decodeRows, Uint32Array.from(lengths.flatMap((length, b) => [b, length - 1]))],
      [this.arrays.lengths, Uint32Array.from(lengths)],
      [this.arrays.finished, Uint32Array.from(this.isFinished, Number)],
      [this.arrays.lastRows, lastRowsOf(lengths, path.cache)],
      [this.arrays.stopTokens, stopTokenWords(stopTokens)],
      [this.arrays.sampling, samplingWords(this.sampling)],
      [this.arrays.rope, ropeTable(model.config, capacity)],
    ];
    for (const [array, data] of writes) backend.write(array, data);
    this.#growBlockTables(0);
  }

  #program(key: string, operations: () => Operation[]): Promise<Program> {
    const known = this.#programs.get(key);
    if (known) return known;
    const prepared = this.host.backend.prepare(operations());
    this.#programs.set(key, prepared);
    return prepared;
  }
}

/** The shape of the run that a request asks for. */
export function runShapeOf(request: SessionRequest): RunShape {
  const { sequences, path, capacity, maxRows } = request;
  const numPromptTokens = sequences.reduce((sum, sequence) => sum + sequence.length, 0);
  return {
    path,
    numSequences: sequences.length,
    capacity,
    maxRows,
    numTableRows: path.cache ? numPromptTokens : sequences.length * capacity,
  };
}

export function costOf(operations: readonly Operation[], pass: Pass): Cost {
  return addCosts(operations.map(({ kernel }) => kernel.cost(pass)));
}
