// Greedy text on the WebGPU backend: every model, and long texts without the cache.
import { describeGreedyModels, describeUncachedBatches } from "./greedy-suite.ts";

describeGreedyModels("webgpu");
describeUncachedBatches("webgpu");
