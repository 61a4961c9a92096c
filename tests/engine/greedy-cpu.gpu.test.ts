// Greedy text on the CPU backend.
import { describeGreedyText } from "./greedy-suite.ts";

describeGreedyText("cpu");
