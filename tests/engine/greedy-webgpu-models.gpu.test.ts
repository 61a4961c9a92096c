// Greedy text on the WebGPU backend: every model.
import { describeGreedyModels } from "./greedy-suite.ts";

describeGreedyModels("webgpu");
