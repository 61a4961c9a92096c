// The engine as a page holds it: every call goes to the Worker, every answer comes back by number.
import { EngineError, type Engine } from "./engine.ts";
import type { CallMessage, EngineMethod, InterruptMessage, ReplyMessage } from "./rpc.ts";

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: EngineError) => void;
  readonly onProgress: ((fraction: number) => void) | undefined;
}

interface CallOptions {
  readonly onProgress?: ((fraction: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An engine in a Worker; `close` also ends the Worker. */
export function createWorkerEngine(worker: Worker): Engine {
  const pending = new Map<number, PendingCall>();
  let nextId = 1;

  const fail = (message: string) => {
    for (const { reject } of pending.values()) reject(new EngineError("internal", message));
    pending.clear();
  };
  worker.addEventListener("message", (event: MessageEvent<ReplyMessage>) => {
    const reply = event.data;
    const call = pending.get(reply.id);
    if (reply.kind === "progress") return call?.onProgress?.(reply.fraction);
    pending.delete(reply.id);
    if (reply.kind === "result") return call?.resolve(reply.value);
    call?.reject(new EngineError(reply.code, reply.message));
  });
  worker.addEventListener("error", (event) => {
    fail(`The engine stopped: ${event.message || "its script could not be loaded"}.`);
  });

  const call = <Method extends EngineMethod>(
    method: Method,
    args: readonly unknown[],
    { onProgress, signal }: CallOptions = {},
  ) => {
    const id = nextId++;
    const answer = new Promise<unknown>((resolve, reject) => {
      pending.set(id, { resolve, reject, onProgress });
    });
    const message: CallMessage = { kind: "call", id, method, args };
    worker.postMessage(message);
    if (signal) interruptWith(signal, id, answer);
    return answer as ReturnType<Engine[Method]>;
  };

  const interruptWith = (signal: AbortSignal, id: number, answer: Promise<unknown>) => {
    const interrupt = () => {
      const message: InterruptMessage = { kind: "interrupt", id };
      worker.postMessage(message);
    };
    if (signal.aborted) interrupt();
    signal.addEventListener("abort", interrupt);
    const forget = () => signal.removeEventListener("abort", interrupt);
    answer.then(forget, forget);
  };

  return {
    open: (request) => call("open", [request]),
    load: (request, onProgress) => call("load", [request], { onProgress }),
    encode: (text) => call("encode", [text]),
    decode: (tokens) => call("decode", [tokens]),
    start: (request) => call("start", [request]),
    advance: (runId, numSteps, signal) => call("advance", [runId, numSteps], { signal }),
    blockTables: (runId) => call("blockTables", [runId]),
    end: (runId) => call("end", [runId]),
    timeStep: (request, signal) => call("timeStep", [request], { signal }),
    profileStep: (request, signal) => call("profileStep", [request], { signal }),
    timedKernels: () => call("timedKernels", []),
    timeKernel: (request, signal) => call("timeKernel", [request], { signal }),
    endKernels: () => call("endKernels", []),
    inspect: (request, signal) => call("inspect", [request], { signal }),
    memory: () => call("memory", []),
    async close() {
      await call("close", []).catch(() => {});
      worker.terminate();
      fail("This engine was closed.");
    },
  };
}
