// Greedy text on the WebGPU backend.
import { describeGreedyText } from "./greedy-suite.ts";

describeGreedyText("webgpu");
