// The simulator of a page: one Worker for all its figures, made on first use, ended when nobody needs it. Where Workers
// may not start (a sandboxed frame), it runs in the page, between the page's other work.
import { SimulatorClient, type Host, type HostEvents, type SimulateOptions } from "./client.ts";
import type { CallMessage, ReplyMessage, SimulationResult } from "./messages.ts";

export type { SimulateOptions } from "./client.ts";
export type { SimulationResult } from "./messages.ts";

/** A Worker that has nothing to do is kept for so long: it holds the traces it has read. */
const LINGER_MS = 10_000;

const client = new SimulatorClient({ openHost, tracesUrl, lingerMs: LINGER_MS });

/**
 * Runs a scenario to its end. The same text gives the same result.
 *
 * Rejects with an Error whose message is a sentence, or with the signal's reason.
 *
 * @param scenario - JSON text of a scenario file.
 */
export function simulate(
  scenario: string,
  options: SimulateOptions = {},
): Promise<SimulationResult> {
  return client.simulate(scenario, options);
}

/** A page says in `data-root` where the site begins. */
function tracesUrl(): string {
  const root = document.documentElement.dataset["root"] ?? "./";
  return new URL("traces/", new URL(root, document.baseURI)).href;
}

function openHost(events: HostEvents): Host {
  try {
    return openWorker(events);
  } catch {
    return openInPage(events);
  }
}

function openWorker({ onReply, onDeath }: HostEvents): Host {
  // Vite sees this pattern and builds the Worker as a file of its own.
  const worker = new Worker(new URL("./simulator-worker.ts", import.meta.url), {
    type: "module",
    name: "simulator",
  });
  worker.addEventListener("message", (event: MessageEvent<ReplyMessage>) => onReply(event.data));
  worker.addEventListener("error", ({ message }) => {
    onDeath(`The simulator stopped: ${message || "its script could not be loaded"}.`);
  });
  return {
    post: (message) => {
      worker.postMessage(message);
    },
    end: () => worker.terminate(),
  };
}

function openInPage({ onReply, onDeath }: HostEvents): Host {
  let isEnded = false;
  const runner = import("./browser-runner.ts").then(({ createBrowserRunner }) =>
    createBrowserRunner((message) => {
      if (!isEnded) onReply(message);
    }),
  );
  const post = (message: CallMessage): void => {
    runner.then(
      (ready) => ready.receive(message),
      () => onDeath("The simulator stopped: its script could not be loaded."),
    );
  };
  return {
    post,
    end: () => {
      isEnded = true;
    },
  };
}
