// Greedy text on the CPU backend.
import {
  describeGreedyModels,
  describeGreedyPaths,
  describeUncachedBatches,
} from "./greedy-suite.ts";

describeGreedyPaths("cpu");
describeGreedyModels("cpu");
describeUncachedBatches("cpu");
