// What a simulation is asked for. Counts and rates are text, so that a wrong entry is answered with a sentence and not
// moved to something near it.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";
import { MODELS } from "../../core/catalog/models/models.ts";
import { policies } from "../../core/scheduling/policies.ts";
import { TRACES } from "../../core/simulation/trace.ts";
import {
  MAX_BLOCKS,
  MAX_CV,
  MAX_MS,
  MAX_RATE,
  MAX_REQUESTS,
  MAX_SEQUENCES,
  MAX_SERVER_TOKENS,
  MAX_TOKENS,
} from "../../core/simulation/scenario-types.ts";
import type { Values } from "../../figure/widget.ts";
import {
  fromOne,
  fromZero,
  orNothing,
  positive,
  refuseEntry,
  whole,
  type Rule,
} from "./entries.ts";

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

/** A number that is typed; nine characters hold the largest. */
function entryOf<Default extends string>(label: string, preset: Default, rule: Rule) {
  return {
    kind: "text",
    label,
    maxLength: 9,
    default: preset,
    refuse: (text: string) => refuseEntry(label, rule, text),
  } as const;
}

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
  "max-model-len": { ...entryOf("max-model-len", "16384", whole(1, MAX_SERVER_TOKENS)), ...SERVER },
  "max-num-seqs": { ...entryOf("max-num-seqs", "256", whole(1, MAX_SEQUENCES)), ...SERVER },
  "max-num-batched-tokens": {
    ...entryOf("max-num-batched-tokens", "8192", whole(1, MAX_SERVER_TOKENS)),
    ...SERVER,
  },
  blocks: {
    ...entryOf("KV blocks, if not all there is room for", "", orNothing(whole(1, MAX_BLOCKS))),
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
  count: { ...entryOf("How many", "4000", whole(1, MAX_REQUESTS)), ...REQUESTS },
  "rate-scale": {
    ...entryOf("Times the trace’s own rate", "3", positive(MAX_RATE)),
    ...REQUESTS,
    shownWhen: { parameter: "requests", is: TRACES.map(({ id }) => id) },
  },
  rate: { ...entryOf("Arrivals a second", "20", positive(MAX_RATE)), ...WHEN_DRAWN },
  bursts: { ...entryOf("Burstiness (1 is Poisson)", "1", fromZero(MAX_CV)), ...WHEN_DRAWN },
  prompt: { ...entryOf("Prompt tokens, mean", "1000", fromOne(MAX_TOKENS)), ...WHEN_DRAWN },
  output: { ...entryOf("Output tokens, mean", "200", fromOne(MAX_TOKENS)), ...WHEN_DRAWN },
  prefix: {
    ...entryOf("Tokens that all prompts begin with", "0", whole(0, MAX_TOKENS)),
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
    ...entryOf(
      "Share of urgent requests, 0 to 1 (only priority scheduling heeds it)",
      "0.1",
      fromZero(1),
    ),
    ...POLICY,
  },
  "prefix-caching": { kind: "toggle", label: "Prefix caching", default: true, ...POLICY },
  ttft: { ...entryOf("Objective: first token within (ms)", "1000", positive(MAX_MS)), ...POLICY },
  tpot: { ...entryOf("Objective: then each within (ms)", "50", positive(MAX_MS)), ...POLICY },
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
