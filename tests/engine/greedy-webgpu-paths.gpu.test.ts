// Greedy text on the WebGPU backend: every path.
import { describeGreedyPaths } from "./greedy-suite.ts";

describeGreedyPaths("webgpu");
