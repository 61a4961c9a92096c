// Nothing to change: the question is about one layer on one GPU.
import type { Parameters } from "../../figure/widget.ts";

export const parameters = {} as const satisfies Parameters;
