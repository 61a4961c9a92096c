// The simulation needs no engine and no model: a lease of nothing.
import type { Lease } from "../../figure/task.ts";

export function openNothing(): Lease<undefined> {
  return { ready: Promise.resolve(undefined), release: () => undefined };
}
