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
/** Of the advances under way, by the number of their call. */
const advances = new Map<number, AbortController>();

function reply(message: ReplyMessage): void {
  self.postMessage(message);
}

async function call({ id, method, args }: CallMessage): Promise<unknown> {
  if (method === "load") {
    const [request] = args as Parameters<Engine["load"]>;
    return engine.load(request, (fraction) => reply({ kind: "progress", id, fraction }));
  }
  if (method === "advance") return advance(id, args as Parameters<Engine["advance"]>);
  const run = engine[method] as (...values: readonly unknown[]) => Promise<unknown>;
  return run.apply(engine, [...args]);
}

async function advance(id: number, [runId, numSteps]: Parameters<Engine["advance"]>) {
  const controller = new AbortController();
  advances.set(id, controller);
  try {
    return await engine.advance(runId, numSteps, controller.signal);
  } finally {
    advances.delete(id);
  }
}

self.addEventListener("message", (event: MessageEvent<CallMessage | InterruptMessage>) => {
  const { id } = event.data;
  if (event.data.kind === "interrupt") return advances.get(id)?.abort();
  call(event.data).then(
    (value) => reply({ kind: "result", id, value }),
    (error: unknown) => reply(failureMessage(id, error)),
  );
});
