// What an engineer says of a deployment: the model, the machine, the load and the engine's own settings. What is
// typed is text, so that a wrong entry is answered with a sentence and not moved to something near it.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";
import { MODELS } from "../../core/catalog/models/models.ts";
import type { Values } from "../../figure/widget.ts";
import { MAX_SEQUENCES, MAX_TOKENS, parsePrice, parseWhole, type Parsed } from "./entries.ts";

/** The choice that takes its shape or its figures from a JSON text. */
export const CUSTOM = "custom";

const NEVER: readonly string[] = [];

/** Held in the address; its control is the text area of the view, which has room for a whole file. */
function jsonOf(choice: string, label: string) {
  return {
    kind: "text",
    label,
    maxLength: 1000,
    default: "",
    shownWhen: { parameter: choice, is: NEVER },
  } as const;
}

const problemOf = (parsed: Parsed<unknown>) => (parsed.ok ? undefined : parsed.problem);

/** A whole number from 1 to `max`. */
function wholeOf<Default extends string>(label: string, max: number, preset: Default) {
  return {
    kind: "text",
    label,
    maxLength: 14,
    default: preset,
    refuse: (text: string) => problemOf(parseWhole(label, text, max)),
  } as const;
}

/** Memory figures of a start-up log, written by the page itself. */
const MEASURED = {
  kind: "text",
  label: "Memory that a log names",
  maxLength: 300,
  default: "",
  shownWhen: { parameter: "model", is: NEVER },
} as const;

const MACHINE = { group: "Model and machine" } as const;
const LOAD = { group: "Load" } as const;
const ENGINE = { group: "vLLM’s settings" } as const;

export const parameters = {
  model: {
    kind: "choice",
    label: "Model",
    options: [
      ...MODELS.map(({ id, name }) => ({ value: id, label: name })),
      { value: CUSTOM, label: "Another: from its config.json" },
    ],
    default: "llama-3.1-405b",
    ...MACHINE,
  },
  "model-json": jsonOf("model", "Model as JSON"),
  hardware: {
    kind: "choice",
    label: "GPU",
    options: [
      ...GPUS.map(({ id, name }) => ({ value: id, label: name })),
      { value: CUSTOM, label: "Another: from its figures" },
    ],
    default: "a100-80gb-sxm",
    ...MACHINE,
  },
  "hardware-json": jsonOf("hardware", "GPU as JSON"),
  gpus: {
    kind: "choice",
    label: "Number of GPUs",
    options: ["1", "2", "4", "8", "16"].map((value) => ({ value, label: value })),
    default: "8",
    ...MACHINE,
  },
  price: {
    kind: "text",
    label: "Price of a GPU-hour, if you like",
    maxLength: 12,
    default: "",
    refuse: (text: string) => problemOf(parsePrice(text)),
    ...MACHINE,
  },
  weights: {
    kind: "choice",
    label: "Weights",
    options: ["bf16", "fp8", "int8", "int4"].map((value) => ({ value, label: value })),
    default: "bf16",
    ...MACHINE,
  },
  kv: {
    kind: "choice",
    label: "KV cache",
    options: ["bf16", "fp8"].map((value) => ({ value, label: value })),
    default: "bf16",
    ...MACHINE,
  },
  batch: {
    kind: "number",
    label: "Requests at once",
    min: 1,
    max: 512,
    step: 1,
    default: 16,
    ...LOAD,
  },
  prompt: { ...wholeOf("Prompt tokens", MAX_TOKENS, "2048"), ...LOAD },
  output: { ...wholeOf("Output tokens", MAX_TOKENS, "256"), ...LOAD },
  "max-model-len": { ...wholeOf("max-model-len", MAX_TOKENS, "8192"), ...ENGINE },
  "max-num-seqs": { ...wholeOf("max-num-seqs", MAX_SEQUENCES, "256"), ...ENGINE },
  "gpu-memory-utilization": {
    kind: "number",
    label: "gpu-memory-utilization",
    min: 0.1,
    max: 1,
    step: 0.01,
    default: 0.92,
    ...ENGINE,
  },
  measured: MEASURED,
} as const;

export type CalculatorValues = Values<typeof parameters>;
