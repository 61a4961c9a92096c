// npm run bench: the experiments without a page, in Node on Dawn. Prints a table, or with --json one object; with
// --out writes a record file for each experiment and the list that the page reads recorded runs from.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Estimate } from "../src/core/statistics/estimate.ts";
import { seconds } from "../src/core/units/units.ts";
import { createClock, type Clock } from "../src/experiments/clock.ts";
import {
  quickSettings,
  type AnyExperiment,
  type RunContext,
} from "../src/experiments/experiment.ts";
import { plainDefaults, type PlainValues } from "../src/experiments/parameters.ts";
import type { AnyRecord, KernelRecord, KernelSeries } from "../src/experiments/kernel-record.ts";
import { readRoofs, type Roofs } from "../src/experiments/roofs.ts";
import type { ExperimentRecord, Method, RecordedFit, Series } from "../src/experiments/record.ts";
import { parseIndex, RECORDED_SCHEMA, type RecordedEntry } from "../src/experiments/recorded.ts";
import { experiments } from "../src/experiments/registry.ts";
import { sayTime } from "../src/experiments/say-time.ts";
import type { DeviceReport, Engine, ModelReport } from "../src/model/engine.ts";
import { runLadder, sayRoofs, sayShares } from "./bench-roofs.ts";
import { runSpeeds, SPEED_IDS } from "./bench-speeds.ts";
import { modelFolder } from "./model-files.ts";

const USAGE = `npm run bench -- [--json] [--only cache,batch] [--model DIR] [--inflate FACTOR]
  [--backend webgpu|cpu|auto] [--set position=64,batch=8] [--no-curve] [--quick] [--seed S] [--out DIR]

  --only     experiments to run: ${experiments.map(({ id }) => id).join(", ")};
             speeds of the simulators and of the calculator: ${SPEED_IDS.join(", ")} (default: all)
  --set      values of parameters, for the experiments that have them
  --quick    at most 4 s a measurement: fewer pairs, wider intervals
  --out      write one record file an experiment into DIR, and list it in DIR/index.json
  --peers    in place of the experiments: this engine against others on the same work (--peers --help)
  --pages    in place of the experiments: the built site in Chromium (--pages --help)`;

const DEFAULT_MODEL = "public/models/stories-1m";
const QUICK_BUDGET = seconds(4);

const OPTIONS = {
  json: { type: "boolean", default: false },
  only: { type: "string" },
  model: { type: "string", default: DEFAULT_MODEL },
  inflate: { type: "string", default: "1" },
  backend: { type: "string", default: "auto" },
  set: { type: "string" },
  "no-curve": { type: "boolean", default: false },
  quick: { type: "boolean", default: false },
  seed: { type: "string", default: "1" },
  out: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

/** What a test replaces. */
export interface BenchSurroundings {
  readonly openEngine: () => Promise<Engine>;
  readonly clock: Clock;
  readonly print: (text: string) => void;
  /** For progress, apart from the result. */
  readonly tell: (line: string) => void;
}

const NODE_SURROUNDINGS: BenchSurroundings = {
  // Dawn is loaded only when it is used: a refused option needs none.
  openEngine: async () => (await import("./node-engine.ts")).openNodeEngine(),
  clock: createClock(),
  print: (text) => process.stdout.write(`${text}\n`),
  tell: (line) => process.stderr.write(`${line}\n`),
};

interface Plan {
  readonly experiments: readonly AnyExperiment[];
  /** Of the simulators and of the calculator; they need no engine. */
  readonly speeds: readonly string[];
  readonly model: string;
  readonly inflation: number;
  readonly backend: "webgpu" | "cpu" | "auto";
  readonly changes: Readonly<Record<string, number | string | boolean>>;
  readonly isQuick: boolean;
  readonly seed: number;
  readonly isJson: boolean;
  readonly out: string | undefined;
}

/** @returns the exit status: 0, or 2 for options that make no sense. */
export async function main(
  args: string[],
  surroundings: BenchSurroundings = NODE_SURROUNDINGS,
): Promise<number> {
  if (args.includes("--peers")) {
    const { benchPeers } = await import("./peers/bench-peers.ts");
    return benchPeers(args.filter((arg) => arg !== "--peers"));
  }
  if (args.includes("--pages")) {
    const { benchPages } = await import("./pages/bench-pages.ts");
    return benchPages(args.filter((arg) => arg !== "--pages"));
  }
  const plan = readPlan(args);
  if (typeof plan === "string") {
    surroundings.print(plan);
    return plan === USAGE ? 0 : 2;
  }
  const { print, tell } = surroundings;
  const measured = plan.experiments.length > 0 ? await runOnEngine(plan, surroundings) : {};
  const speeds = runSpeeds(plan.speeds, {
    isQuick: plan.isQuick,
    print: plan.isJson ? tell : print,
  });
  if (plan.isJson) print(JSON.stringify({ schema: "memory-bound/bench@1", ...measured, speeds }));
  return 0;
}

async function runOnEngine(plan: Plan, surroundings: BenchSurroundings) {
  const engine = await surroundings.openEngine();
  try {
    return await runPlan(plan, engine, surroundings);
  } finally {
    await engine.close();
  }
}

/** The plan, or the text to print in its place. */
function readPlan(args: string[]): Plan | string {
  try {
    const { values } = parseArgs({ args, options: OPTIONS, allowPositionals: false });
    if (values.help) return USAGE;
    const only = values.only?.split(",").map((id) => id.trim());
    const chosen = chooseExperiments(only?.filter((id) => !SPEED_IDS.includes(id)));
    return {
      experiments: chosen,
      speeds: SPEED_IDS.filter((id) => only?.includes(id) ?? true),
      model: values.model,
      inflation: readNumber("inflate", values.inflate),
      backend: readBackend(values.backend),
      // A sweep shows how the cost grows: it is left out only on request.
      changes: { curve: !values["no-curve"], ...readChanges(values.set, chosen) },
      isQuick: values.quick,
      seed: readNumber("seed", values.seed),
      isJson: values.json,
      out: values.out,
    };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`;
  }
}

function chooseExperiments(only: readonly string[] | undefined): readonly AnyExperiment[] {
  if (only === undefined) return experiments;
  return only.map((id) => {
    const found = experiments.find((experiment) => experiment.id === id);
    if (found !== undefined) return found;
    const known = experiments.map((experiment) => experiment.id).join(", ");
    throw new Error(`--only names experiments; there is no "${id}", but ${known}.`);
  });
}

function readBackend(value: string): Plan["backend"] {
  if (value === "webgpu" || value === "cpu" || value === "auto") return value;
  throw new Error(`--backend takes webgpu, cpu or auto; got "${value}".`);
}

function readNumber(option: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== "" && Number.isFinite(number)) return number;
  throw new Error(`--${option} takes a number; got "${value}".`);
}

/** `position=64,fusion=false`: each value in the kind that its parameter has. */
function readChanges(set: string | undefined, chosen: readonly AnyExperiment[]): Plan["changes"] {
  if (set === undefined) return {};
  return Object.fromEntries(
    set.split(",").map((pair) => {
      const [name = "", value = ""] = pair.split("=");
      const parameter = chosen
        .map(({ parameters }) => parameters[name])
        .find((candidate) => candidate !== undefined);
      if (parameter === undefined) {
        throw new Error(`--set: no chosen experiment has a parameter "${name}".`);
      }
      if (parameter.kind === "number") return [name, readNumber(`set ${name}`, value)];
      return [name, parameter.kind === "toggle" ? value === "true" || value === "on" : value];
    }),
  );
}

async function runPlan(plan: Plan, engine: Engine, { clock, print, tell }: BenchSurroundings) {
  const device = await engine.open({ backend: plan.backend });
  const model = await loadModel(plan, engine);
  tell(`${describeDevice(device)} · ${describeModel(model)}`);
  const budget = plan.isQuick ? quickSettings(QUICK_BUDGET) : {};
  const context: RunContext = {
    device,
    model,
    clock,
    seed: plan.seed,
    host: `Node ${process.versions.node} · Dawn`,
    pairSettings: budget,
    curveSettings: budget,
  };
  const records: AnyRecord[] = [];
  let ladder: KernelRecord | undefined;
  for (const experiment of ladderFirst(plan.experiments)) {
    tell(`${experiment.id}: ${experiment.title}`);
    for (const values of valuesFor(experiment, plan)) {
      const record = await experiment.run(engine, values, context);
      records.push(record);
      if (plan.out !== undefined) {
        tell(`wrote ${await writeRecord(plan.out, record, experiment)}`);
      }
      if ("series" in record && !device.isSoftware) {
        if (record.experiment === LADDER) ladder = record;
        if (ladder === undefined) tell("ladder: the roofs that the kernels are held against");
        ladder ??= await runLadder(engine, context);
      }
      const roofs = ladder === undefined ? undefined : readRoofs(ladder);
      if (!plan.isJson) print(formatRecord(record, roofs));
    }
  }
  const isApart = ladder !== undefined && !records.includes(ladder);
  return { device, model, records, ...(isApart ? { ladder } : {}) };
}

const LADDER = "ladder";

/** Every other kernel is held against its roofs. */
function ladderFirst(chosen: readonly AnyExperiment[]): readonly AnyExperiment[] {
  return [...chosen.filter(({ id }) => id === LADDER), ...chosen.filter(({ id }) => id !== LADDER)];
}

/** A folder says nothing of its name, so the record takes the folder's own. */
async function loadModel({ model: folder, inflation }: Plan, engine: Engine): Promise<ModelReport> {
  const report = await engine.load({ source: await modelFolder(folder), inflation });
  const name = basename(resolve(folder));
  return { ...report, name: inflation === 1 ? name : `${name} made ${inflation} times heavier` };
}

/**
 * The defaults, with what was set on the command line where the experiment has such a parameter; and the same with each
 * variant of the experiment, unless one was set.
 */
function valuesFor({ parameters, variants }: AnyExperiment, { changes }: Plan): PlainValues[] {
  const known = Object.entries(changes).filter(([name]) => name in parameters);
  const values = { ...plainDefaults(parameters), ...Object.fromEntries(known) };
  const choice = variants === undefined ? undefined : parameters[variants];
  if (variants === undefined || choice?.kind !== "choice" || variants in changes) return [values];
  return choice.options.map(({ value }) => ({ ...values, [variants]: value }));
}

/** Of an experiment with variants, the one that the record is of. */
function variantOf({ parameters: values }: AnyRecord, { variants }: AnyExperiment): string[] {
  return variants === undefined ? [] : [String(values[variants])];
}

/** One file an experiment's variant and a device, replaced when measured again; others of the folder stay listed. */
async function writeRecord(
  folder: string,
  record: AnyRecord,
  experiment: AnyExperiment,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const names = [
    record.experiment,
    ...variantOf(record, experiment),
    record.device.name,
    ...("model" in record ? [record.model.name] : []),
  ];
  const file = `${names.map(slug).join(".")}.json`;
  await writeFile(join(folder, file), `${JSON.stringify(record)}\n`);
  const index = join(folder, "index.json");
  const listed = parseIndex(await readFile(index, "utf8").catch(() => ""))?.runs ?? [];
  const entry: RecordedEntry = { file, experiment: record.experiment };
  const runs = [...listed.filter((run) => run.file !== file), entry].toSorted((one, other) =>
    one.file < other.file ? -1 : 1,
  );
  await writeFile(index, `${JSON.stringify({ schema: RECORDED_SCHEMA, runs }, undefined, 2)}\n`);
  return join(folder, file);
}

function slug(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? ["unnamed"];
  return words.join("-").slice(0, 40);
}

function describeDevice({ name, isSoftware }: Pick<DeviceReport, "name" | "isSoftware">): string {
  return `${isSoftware ? "software" : "hardware"}: ${name}`;
}

function describeModel({ name, numParameters }: Pick<ModelReport, "name" | "numParameters">) {
  return `${name}, ${(numParameters / 1e6).toFixed(1)} M parameters`;
}

/**
 * A table; every line says on what it was measured.
 *
 * @param roofs - of the device; undefined for software, and where no kernel was timed by itself.
 */
function formatRecord(record: AnyRecord, roofs: Roofs | undefined): string {
  const { verdict, notes } = record;
  const lines = [
    `${record.experiment} · ${record.claim}`,
    ...("series" in record ? formatKernels(record, roofs) : formatSteps(record)),
    `verdict · ${verdict.sentence} The claim is ${verdict.claim}.`,
    ...notes.map((note) => `note · ${note}`),
  ];
  const label = describeDevice(record.device);
  return `${lines.map((line) => `[${label}] ${line}`).join("\n")}\n`;
}

function formatSteps({ comparison, curve }: ExperimentRecord): string[] {
  return [
    ...[comparison.baseline, comparison.contender].map(formatSeries),
    ...(curve?.series ?? []).map((series) => `curve · ${formatSeries(series)}`),
    ...(curve?.fits ?? []).map(formatFit),
    formatMethod(comparison.method),
  ];
}

function formatKernels(
  { series, comparison, roundTrip, fits }: KernelRecord,
  roofs: Roofs | undefined,
): string[] {
  return [
    `roofs · ${sayRoofs(roofs)}`,
    ...series.map((one) => formatKernel(one, roofs)),
    ...(roundTrip === undefined ? [] : [formatKernel(roundTrip.series, roofs)]),
    ...fits.map(formatFit),
    formatMethod(comparison.method),
  ];
}

function formatFit({ label, against, numPoints, exponent }: RecordedFit): string {
  const { value, low, high } = exponent;
  return (
    `growth · ${label}: time ~ ${against}^${value.toFixed(2)} ` +
    `(95 % ${low.toFixed(2)} to ${high.toFixed(2)}, ${numPoints} points)`
  );
}

function formatMethod(method: Method): string {
  const step = method.quantumSeconds === undefined ? "unknown" : sayTime(method.quantumSeconds);
  return (
    `method · ${method.clock}, clock step ${step}, wall/device ${method.crossCheckRatio?.toFixed(3) ?? "–"}, ` +
    `${method.numRounds} of ${method.numRoundsAsked} pairs, warm-up ${sayTime(method.warmUpSeconds)}`
  );
}

function formatSeries(series: Series): string {
  const { label, step, plan, duration, wallDuration } = series;
  const where = `${label} (position ${step.position}, batch ${step.batch})`;
  const work = `${plan.numDispatches} dispatches, ${plan.numRows} rows`;
  if (duration === undefined) return `${where}: no usable sample (${work})`;
  const rate = `${(step.batch / duration.median).toPrecision(3)} tokens/s`;
  return `${where}: ${formatDuration(duration, wallDuration)} a step, ${rate} (${work})`;
}

function formatKernel(
  { label, kernel, plan, duration, wallDuration, footprintBytes }: KernelSeries,
  roofs: Roofs | undefined,
): string {
  const where = `${label} · ${[kernel.id, ...(kernel.next ?? [])].join(" + ")}`;
  if (duration === undefined) return `${where}: no usable sample`;
  const rate = (amount: number) => (amount / duration.median / 1e9).toPrecision(3);
  const bytes = plan.bytesRead + plan.bytesWritten;
  const work = { flops: plan.flops, bytes, footprintBytes, seconds: duration.median };
  const rates = `${rate(bytes)} GB/s, ${rate(plan.flops)} GFLOP/s`;
  return `${where}: ${formatDuration(duration, wallDuration)}, ${rates}, ${sayShares(work, roofs)}`;
}

/** @param wall - the same by the wall clock, where `duration` is by the device's. */
function formatDuration(duration: Estimate, wall: Estimate | undefined): string {
  const { median, low, high, numSamples, confidence } = duration;
  const interval = `${(confidence * 100).toFixed(0)} % ${sayTime(low)} to ${sayTime(high)}`;
  const byWall = wall === undefined ? "" : `, wall clock ${sayTime(wall.median)}`;
  return `${sayTime(median)} (${interval}, n ${numSamples}${byWall})`;
}
