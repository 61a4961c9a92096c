// From a start-up log to the form: the settings it names, and the memory figures that stand in for estimates. Pure.
import type { Profiled } from "../../core/serving/deployment.ts";
import type { LogReport } from "../../core/serving/vllm-log.ts";
import { fnv1a } from "../../core/text/fnv1a.ts";
import { bytes } from "../../core/units/units.ts";
import { formatCount, formatNumber } from "../../ui/format.ts";
import { CUSTOM, parameters, type CalculatorValues } from "./parameters.ts";

const PARTS = ["total", "weights", "activations", "other", "cudaGraphs", "kvCache"] as const;

/** What the memory figures of a log hold for; with another setting they do not. */
function settingsOf(values: CalculatorValues): string {
  const { model, hardware, gpus, weights, kv } = values;
  const custom = [
    ...(model === CUSTOM ? [fnv1a(values["model-json"])] : []),
    ...(hardware === CUSTOM ? [fnv1a(values["hardware-json"])] : []),
  ];
  return [model, hardware, gpus, weights, kv, values["gpu-memory-utilization"], ...custom].join(
    " ",
  );
}

/** Memory figures as the address holds them: "total=…;weights=…;for=…". */
function writeProfile(profiled: Profiled, values: CalculatorValues): string {
  const parts = PARTS.flatMap((name) => {
    const value = profiled[name];
    return typeof value === "number" ? [`${name}=${value}`] : [];
  });
  return parts.length === 0 ? "" : [...parts, `for=${settingsOf(values)}`].join(";");
}

export type ProfileState =
  | { readonly kind: "none" }
  /** The form has changed since. */
  | { readonly kind: "outdated" }
  | { readonly kind: "used"; readonly profiled: Profiled };

/** Above it a number of bytes is noise. */
const MAX_BYTES = 1e15;

/** The log's memory figures in the address, if they still hold. Text from outside: whatever is no size is left out. */
export function readProfile(values: CalculatorValues): ProfileState {
  if (values.measured === "") return { kind: "none" };
  const entries = new Map(
    values.measured.split(";").map((entry) => {
      const [name = "", value = ""] = entry.split("=");
      return [name, value];
    }),
  );
  if (entries.get("for") !== settingsOf(values)) return { kind: "outdated" };
  const sizes = PARTS.flatMap((name) => {
    const text = entries.get(name) ?? "";
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value <= MAX_BYTES && (value > 0 || name !== "total")
      ? [[name, bytes(value)] as const]
      : [];
  });
  if (sizes.length === 0) return { kind: "none" };
  return { kind: "used", profiled: Object.fromEntries(sizes) };
}

export interface Filling {
  readonly change: Partial<CalculatorValues>;
  /** What was filled in, such as "max-model-len 20,000". */
  readonly filled: readonly string[];
  /** Sentences on what the log says and the form cannot. */
  readonly notes: readonly string[];
}

interface Entry {
  readonly change?: Partial<CalculatorValues>;
  readonly filled?: string;
  readonly note?: string;
}

function optionOf(choice: { options: readonly { value: string; label: string }[] }, value: string) {
  return choice.options.find((option) => option.value === value);
}

function countEntry(
  name: "max-model-len" | "max-num-seqs",
  count: number | undefined,
): readonly Entry[] {
  if (count === undefined) return [];
  return [{ change: { [name]: String(count) }, filled: `${name} ${formatCount(count)}` }];
}

function gpuCountEntry(count: number | undefined): readonly Entry[] {
  if (count === undefined) return [];
  const option = optionOf(parameters.gpus, String(count));
  return option === undefined
    ? [{ note: `The log speaks of ${formatCount(count)} GPUs, which this page does not offer.` }]
    : [{ change: { gpus: option.value }, filled: count === 1 ? "1 GPU" : `${count} GPUs` }];
}

function formatEntry(name: "weights" | "kv", format: string | undefined): readonly Entry[] {
  if (format === undefined) return [];
  const label = name === "weights" ? "weights" : "KV cache";
  return optionOf(parameters[name], format) === undefined
    ? [{ note: `The log’s ${label} are in ${format}, which this page does not offer.` }]
    : [{ change: { [name]: format }, filled: `${label} in ${format}` }];
}

/** The log prints a memory, not a name: only one GPU of that memory is taken for it. */
function gpuEntry({ gpus }: LogReport, { hardware }: CalculatorValues): readonly Entry[] {
  const [first, ...others] = gpus;
  if (first === undefined || gpus.some(({ id }) => id === hardware)) return [];
  if (others.length === 0) return [{ change: { hardware: first.id }, filled: first.name }];
  const names = gpus.map(({ name }) => name).join(", ");
  return [{ note: `By its memory the GPU is one of ${names}: choose it above.` }];
}

function utilisationEntry(share: number | undefined): readonly Entry[] {
  if (share === undefined) return [];
  const { min, max } = parameters["gpu-memory-utilization"];
  const rounded = Math.round(share * 100) / 100;
  if (rounded < min || rounded > max) {
    return [
      { note: `The log’s gpu-memory-utilization of ${formatNumber(share, 2)} is not offered.` },
    ];
  }
  return [
    {
      change: { "gpu-memory-utilization": rounded },
      filled: `gpu-memory-utilization ${formatNumber(rounded, 2)}`,
    },
  ];
}

const BLOCK_SIZE = 16;

function blockEntry(blockSize: number | undefined): readonly Entry[] {
  return blockSize === undefined || blockSize === BLOCK_SIZE
    ? []
    : [{ note: `The log’s blocks have ${blockSize} tokens; this page counts in blocks of 16.` }];
}

const MEMORY_LEFT_OUT =
  "The log’s memory is left out: it is that of a model, or of a number of GPUs, that the form does not hold. A model of your own goes in under “Another”, before the log.";

/** A model outside the catalogue is the form's only where that is the reader's own. */
function isOfAnotherMachine({ facts, deployment }: LogReport, values: CalculatorValues): boolean {
  const { model, numGpus } = deployment;
  const isUnknown = facts.modelName !== undefined && model === undefined;
  const isUncounted =
    numGpus !== undefined && optionOf(parameters.gpus, String(numGpus)) === undefined;
  return (isUnknown && values.model !== CUSTOM) || isUncounted;
}

/** The form with everything that the log tells put in. */
export function fillFromLog(report: LogReport, values: CalculatorValues): Filling {
  const { deployment } = report;
  const entries: readonly Entry[] = [
    ...(deployment.model === undefined
      ? []
      : [{ change: { model: deployment.model.id }, filled: deployment.model.name }]),
    ...gpuEntry(report, values),
    ...gpuCountEntry(deployment.numGpus),
    ...formatEntry("weights", deployment.precision?.weights),
    ...formatEntry("kv", deployment.precision?.kv),
    ...countEntry("max-model-len", deployment.maxModelLen),
    ...countEntry("max-num-seqs", deployment.maxNumSeqs),
    ...utilisationEntry(deployment.gpuMemoryUtilization),
    ...blockEntry(deployment.blockSize),
  ];
  const settings: Partial<CalculatorValues> = Object.assign(
    {},
    ...entries.map(({ change }) => change ?? {}),
  );
  const isOther = isOfAnotherMachine(report, values);
  const profiled = isOther ? {} : (deployment.profiled ?? {});
  const measured = writeProfile(profiled, { ...values, ...settings });
  const filled = entries.flatMap((entry) => (entry.filled === undefined ? [] : [entry.filled]));
  return {
    change: { ...settings, ...(measured !== "" && { measured }) },
    filled: measured === "" ? filled : [...filled, "the memory that the log names"],
    notes: [
      ...report.notes,
      ...(isOther && deployment.profiled !== undefined ? [MEMORY_LEFT_OUT] : []),
      ...entries.flatMap(({ note }) => (note === undefined ? [] : [note])),
    ],
  };
}

/** Of what a log changed, the names of the settings that the reader has not changed since. */
export function fieldsHeld(
  values: CalculatorValues,
  change: Partial<CalculatorValues>,
): readonly string[] {
  const now: Readonly<Record<string, unknown>> = values;
  return Object.entries(change)
    .filter(([name, value]) => now[name] === value)
    .map(([name]) => name);
}

/** The form without a log: what it changed is as before, and what the reader changed since stays. */
export function takeBack(
  values: CalculatorValues,
  before: CalculatorValues,
  change: Partial<CalculatorValues>,
): CalculatorValues {
  const was: Readonly<Record<string, unknown>> = before;
  const held = fieldsHeld(values, change).map((name) => [name, was[name]]);
  return { ...values, ...Object.fromEntries(held) };
}
