// Scenarios to begin with, each one press away.
import { serialiseScenario } from "../../core/simulation/scenario-json.ts";
import { paperMemoryScenario } from "../../core/simulation/paper-memory.ts";
import { ORCA_MAX } from "../../core/scheduling/policies.ts";
import { DRAWN, parameters, type SimulatorValues } from "./parameters.ts";

export interface Example {
  readonly label: string;
  readonly change: Partial<SimulatorValues>;
  /** Text of a scenario file, where the fields cannot say it. */
  readonly own?: () => string;
}

const AZURE = {
  model: parameters.model.default,
  hardware: parameters.hardware.default,
  gpus: "1",
  "max-model-len": "16384",
  "max-num-seqs": "256",
  "max-num-batched-tokens": "8192",
  blocks: "",
  requests: "azure-2023-conversation",
  count: "4000",
  "rate-scale": "3",
  policy: "vllm-v1",
  against: "orca-max",
  "prefix-caching": true,
} as const;

export const EXAMPLES: readonly Example[] = [
  { label: "Azure 2023, conversation", change: AZURE },
  {
    label: "Azure 2023, code",
    change: { ...AZURE, requests: "azure-2023-code", against: "vllm-v1-whole-prompts" },
  },
  {
    label: "Mooncake: prompts that share prefixes",
    change: {
      ...AZURE,
      requests: "mooncake-conversation",
      "max-model-len": "131072",
      count: "1000",
      "rate-scale": "0.25",
      against: "nano-vllm",
    },
  },
  {
    label: "One system prompt for all",
    change: {
      ...AZURE,
      requests: DRAWN,
      count: "2000",
      rate: "30",
      bursts: "1",
      prompt: "1000",
      output: "200",
      prefix: "512",
      against: "nano-vllm",
    },
  },
  {
    label: "The workload of the PagedAttention paper",
    change: { against: "vllm-v0" },
    own: () => serialiseScenario(paperMemoryScenario(ORCA_MAX)),
  },
];
