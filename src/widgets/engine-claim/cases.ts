// Start-up logs of vLLM on real machines: what each prints of the memory left for the cache, and of the blocks made of
// it. A test holds them against tests/golden, which says where each was found and how sure its model's shape is.

export interface LogCase {
  readonly id: string;
  readonly name: string;
  /** A public thread; absent for a public file whose repository is not known. */
  readonly source?: string;
  /** Tensor-parallel GPUs. */
  readonly ranks: number;
  readonly blockSize: number;
  readonly shape: {
    readonly numLayers: number;
    readonly numKvHeads: number;
    readonly headWidth: number;
  };
  readonly kv: "bf16" | "fp8";
  /** As printed, to two digits. */
  readonly availableGiB: number;
  readonly totalGiB?: number;
  readonly utilisation?: number;
  readonly weightsGiB?: number;
  readonly loggedBlocks: number;
  readonly maxModelLen?: number;
  readonly loggedConcurrency?: number;
}

export const CASES: readonly LogCase[] = [
  {
    id: "llama31-8b-3090-20k",
    name: "Llama 3.1 8B, RTX 3090",
    source: "https://github.com/vllm-project/vllm/issues/10517",
    ranks: 1,
    blockSize: 16,
    shape: { numLayers: 32, numKvHeads: 8, headWidth: 128 },
    kv: "bf16",
    availableGiB: 3.81,
    totalGiB: 23.58,
    utilisation: 0.9,
    weightsGiB: 14.9888,
    loggedBlocks: 1952,
    maxModelLen: 20000,
    loggedConcurrency: 1.56,
  },
  {
    id: "qwen3-1.7b-24g",
    name: "Qwen3 1.7B, 24 GB",
    source: "https://github.com/vllm-project/vllm/issues/33263",
    ranks: 1,
    blockSize: 16,
    shape: { numLayers: 28, numKvHeads: 8, headWidth: 128 },
    kv: "bf16",
    availableGiB: 18.78,
    loggedBlocks: 10991,
  },
  {
    id: "qwen3-30b-a3b-fp8kv",
    name: "Qwen3 30B-A3B, fp8 cache",
    source: "https://github.com/vllm-project/vllm/issues/25350",
    ranks: 1,
    blockSize: 16,
    shape: { numLayers: 48, numKvHeads: 4, headWidth: 128 },
    kv: "fp8",
    availableGiB: 10.55,
    loggedBlocks: 14408,
    maxModelLen: 100000,
    loggedConcurrency: 2.31,
  },
  {
    id: "llama8b-tp2-v100class",
    name: "8B, two 16 GB GPUs",
    source: "https://github.com/vllm-project/vllm/issues/11251",
    ranks: 2,
    blockSize: 16,
    shape: { numLayers: 32, numKvHeads: 8, headWidth: 128 },
    kv: "bf16",
    availableGiB: 3.76,
    totalGiB: 15.77,
    utilisation: 0.9,
    weightsGiB: 7.51,
    loggedBlocks: 3852,
    maxModelLen: 40000,
    loggedConcurrency: 1.54,
  },
  {
    id: "llama31-8b-fp16",
    name: "Llama 3.1 8B",
    ranks: 1,
    blockSize: 16,
    shape: { numLayers: 32, numKvHeads: 8, headWidth: 128 },
    kv: "bf16",
    availableGiB: 19.25,
    loggedBlocks: 9853,
    maxModelLen: 131072,
    loggedConcurrency: 1.2,
  },
  {
    id: "qwen3-8b-fp8-4090",
    name: "Qwen3 8B in fp8, 24 GB",
    ranks: 1,
    blockSize: 16,
    shape: { numLayers: 36, numKvHeads: 8, headWidth: 128 },
    kv: "bf16",
    availableGiB: 8.6,
    totalGiB: 23.53,
    utilisation: 0.8,
    weightsGiB: 8.8,
    loggedBlocks: 3913,
    maxModelLen: 1024,
    loggedConcurrency: 61.14,
  },
  {
    id: "qwen25-1.5b-t4",
    name: "Qwen2.5 1.5B, T4",
    ranks: 1,
    blockSize: 16,
    shape: { numLayers: 28, numKvHeads: 2, headWidth: 128 },
    kv: "bf16",
    availableGiB: 2.36,
    totalGiB: 14.56,
    utilisation: 0.5,
    weightsGiB: 2.89,
    loggedBlocks: 5519,
    maxModelLen: 32768,
    loggedConcurrency: 2.69,
  },
  {
    id: "phi4-bnb",
    name: "Phi-4, 4 bits, 80 GB",
    ranks: 1,
    blockSize: 16,
    shape: { numLayers: 40, numKvHeads: 10, headWidth: 128 },
    kv: "bf16",
    availableGiB: 45.21,
    totalGiB: 79.15,
    utilisation: 0.7,
    weightsGiB: 8.63,
    loggedBlocks: 14815,
    maxModelLen: 512,
    loggedConcurrency: 462.97,
  },
  {
    id: "llama31-70b-awq",
    name: "Llama 3.1 70B in int4, 96 GB",
    ranks: 1,
    blockSize: 16,
    shape: { numLayers: 80, numKvHeads: 8, headWidth: 128 },
    kv: "bf16",
    availableGiB: 38.71,
    loggedBlocks: 7927,
  },
  {
    id: "llama3-8b-npu-tp4",
    name: "Llama 3 8B, four NPUs",
    ranks: 4,
    blockSize: 128,
    shape: { numLayers: 32, numKvHeads: 8, headWidth: 128 },
    kv: "bf16",
    availableGiB: 51.92,
    loggedBlocks: 13291,
    maxModelLen: 8192,
    loggedConcurrency: 207.67,
  },
];
