// What a simulation is asked for. Counts and rates are text, so that a wrong entry is answered with a sentence and not
// moved to something near it.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";
import { MODELS } from "../../core/catalog/models/models.ts";
import { policies } from "../../core/scheduling/policies.ts";
import { TRACES } from "../../core/simulation/trace.ts";
import type { Values } from "../../figure/widget.ts";

/** Requests drawn at random; every other choice is a trace. */
export const DRAWN = "drawn";
/** No second policy. */
export const NOBODY = "none";

/** Characters of a scenario that an address has room for. */
export const MAX_LINK = 1500;

const SERVER = { group: "Server" } as const;
const REQUESTS = { group: "Requests" } as const;
const POLICY = { group: "Policy and objective" } as const;
const WHEN_DRAWN = { ...REQUESTS, shownWhen: { parameter: "requests", is: [DRAWN] } } as const;

const NEVER: readonly string[] = [];

const policyOptions = policies.map(({ id, name }) => ({ value: id, label: name }));

export const parameters = {
  model: {
    kind: "choice",
    label: "Model",
    options: MODELS.map(({ id, name }) => ({ value: id, label: name })),
    default: "llama-3.1-8b",
    ...SERVER,
  },
  hardware: {
    kind: "choice",
    label: "GPU",
    options: GPUS.map(({ id, name }) => ({ value: id, label: name })),
    default: "h100-sxm",
    ...SERVER,
  },
  gpus: {
    kind: "choice",
    label: "Number of GPUs",
    options: ["1", "2", "4", "8"].map((value) => ({ value, label: value })),
    default: "1",
    ...SERVER,
  },
  "max-model-len": {
    kind: "text",
    label: "max-model-len",
    maxLength: 9,
    default: "16384",
    ...SERVER,
  },
  "max-num-seqs": { kind: "text", label: "max-num-seqs", maxLength: 9, default: "256", ...SERVER },
  "max-num-batched-tokens": {
    kind: "text",
    label: "max-num-batched-tokens",
    maxLength: 9,
    default: "8192",
    ...SERVER,
  },
  blocks: {
    kind: "text",
    label: "KV blocks, if not all there is room for",
    maxLength: 9,
    default: "",
    ...SERVER,
  },
  requests: {
    kind: "choice",
    label: "Requests",
    options: [
      { value: DRAWN, label: "Drawn at random" },
      ...TRACES.map(({ id, name }) => ({ value: id, label: name })),
    ],
    default: "azure-2023-conversation",
    ...REQUESTS,
  },
  count: { kind: "text", label: "How many", maxLength: 7, default: "4000", ...REQUESTS },
  "rate-scale": {
    kind: "text",
    label: "Times the trace’s own rate",
    maxLength: 7,
    default: "3",
    ...REQUESTS,
    shownWhen: { parameter: "requests", is: TRACES.map(({ id }) => id) },
  },
  rate: { kind: "text", label: "Arrivals a second", maxLength: 7, default: "20", ...WHEN_DRAWN },
  bursts: {
    kind: "text",
    label: "Burstiness (1 is Poisson)",
    maxLength: 5,
    default: "1",
    ...WHEN_DRAWN,
  },
  prompt: {
    kind: "text",
    label: "Prompt tokens, mean",
    maxLength: 7,
    default: "1000",
    ...WHEN_DRAWN,
  },
  output: {
    kind: "text",
    label: "Output tokens, mean",
    maxLength: 7,
    default: "200",
    ...WHEN_DRAWN,
  },
  prefix: {
    kind: "text",
    label: "Tokens that all prompts begin with",
    maxLength: 7,
    default: "0",
    ...WHEN_DRAWN,
  },
  policy: {
    kind: "choice",
    label: "Policy",
    options: policyOptions,
    default: "vllm-v1",
    ...POLICY,
  },
  against: {
    kind: "choice",
    label: "Beside it",
    options: [{ value: NOBODY, label: "nothing" }, ...policyOptions],
    default: "orca-max",
    ...POLICY,
  },
  urgent: {
    kind: "text",
    label: "Share of urgent requests, 0 to 1 (only priority scheduling heeds it)",
    maxLength: 7,
    default: "0.1",
    ...POLICY,
  },
  "prefix-caching": { kind: "toggle", label: "Prefix caching", default: true, ...POLICY },
  ttft: {
    kind: "text",
    label: "Objective: first token within (ms)",
    maxLength: 7,
    default: "1000",
    ...POLICY,
  },
  tpot: {
    kind: "text",
    label: "Objective: then each within (ms)",
    maxLength: 7,
    default: "50",
    ...POLICY,
  },
  // Held in the address; its control is the text area of the view, which has room for a whole file.
  scenario: {
    kind: "text",
    label: "Scenario",
    maxLength: MAX_LINK,
    default: "",
    shownWhen: { parameter: "policy", is: NEVER },
  },
} as const;

export type SimulatorValues = Values<typeof parameters>;
