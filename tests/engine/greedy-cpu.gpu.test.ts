// Greedy text on the CPU backend.
import { describeGreedyModels, describeGreedyPaths } from "./greedy-suite.ts";

describeGreedyPaths("cpu");
describeGreedyModels("cpu");
