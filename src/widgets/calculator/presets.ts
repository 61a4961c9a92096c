// Deployments that people ask about, each one press away.
import { parameters, type CalculatorValues } from "./parameters.ts";

export interface Preset {
  readonly label: string;
  readonly values: CalculatorValues;
}

const DEFAULTS: CalculatorValues = {
  model: parameters.model.default,
  "model-json": "",
  hardware: parameters.hardware.default,
  "hardware-json": "",
  gpus: parameters.gpus.default,
  price: "",
  weights: parameters.weights.default,
  kv: parameters.kv.default,
  batch: parameters.batch.default,
  prompt: parameters.prompt.default,
  output: parameters.output.default,
  "max-model-len": parameters["max-model-len"].default,
  "max-num-seqs": parameters["max-num-seqs"].default,
  "gpu-memory-utilization": parameters["gpu-memory-utilization"].default,
  measured: "",
};

/** A preset sets everything but the price, which is the reader's own. */
export function applyPreset({ values }: Preset, { price }: CalculatorValues): CalculatorValues {
  return { ...values, price };
}

export const PRESETS: readonly Preset[] = [
  { label: "Llama 3.1 405B on an A100 node", values: DEFAULTS },
  {
    label: "405B in int8",
    values: { ...DEFAULTS, weights: "int8" },
  },
  {
    label: "Llama 3.1 70B on 4 × H100",
    values: {
      ...DEFAULTS,
      model: "llama-3.1-70b",
      hardware: "h100-sxm",
      gpus: "4",
      batch: 64,
    },
  },
  {
    label: "Llama 3.1 8B on one L4",
    values: {
      ...DEFAULTS,
      model: "llama-3.1-8b",
      hardware: "l4",
      gpus: "1",
      batch: 8,
      prompt: "1024",
    },
  },
  {
    label: "DeepSeek-V3 on 8 × H200",
    values: {
      ...DEFAULTS,
      model: "deepseek-v3",
      hardware: "h200-sxm",
      weights: "fp8",
      batch: 64,
    },
  },
];
