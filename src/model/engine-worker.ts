// The Worker's entry: an engine that answers calls from the page.
import { EngineCore } from "./engine-core.ts";
import type { Engine } from "./engine.ts";
import { openPageBackend } from "./page-backend.ts";
import { pageTuningStore } from "./page-tuning.ts";
import {
  failureMessage,
  type CallMessage,
  type InterruptMessage,
  type ReplyMessage,
} from "./rpc.ts";

const engine = new EngineCore(openPageBackend, pageTuningStore);
/** Of the calls under way that may be interrupted, by their numbers. */
const interruptible = new Map<number, AbortController>();

function reply(message: ReplyMessage): void {
  self.postMessage(message);
}

async function call({ id, method, args }: CallMessage): Promise<unknown> {
  if (method === "load") {
    const [request] = args as Parameters<Engine["load"]>;
    return engine.load(request, (fraction) => reply({ kind: "progress", id, fraction }));
  }
  const controller = new AbortController();
  interruptible.set(id, controller);
  const run = engine[method] as (...values: readonly unknown[]) => Promise<unknown>;
  try {
    // Methods that can be interrupted take the signal last; the others do not look at it.
    return await run.apply(engine, [...args, controller.signal]);
  } finally {
    interruptible.delete(id);
  }
}

self.addEventListener("message", (event: MessageEvent<CallMessage | InterruptMessage>) => {
  const { id } = event.data;
  if (event.data.kind === "interrupt") return interruptible.get(id)?.abort();
  call(event.data).then(
    (value) => reply({ kind: "result", id, value }),
    (error: unknown) => reply(failureMessage(id, error)),
  );
});
