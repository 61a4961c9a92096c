// A runner on what browsers have, in a Worker or, where none may start, in the page.
import type { ReplyMessage } from "./messages.ts";
import { Runner } from "./runner.ts";

export function createBrowserRunner(reply: (message: ReplyMessage) => void): Runner {
  return new Runner({ reply, fetchJson, pause: createPause(), now: () => performance.now() });
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.json();
}

/** A message to oneself: unlike a timer it is not held back by 4 ms. */
function createPause(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return () =>
    new Promise((resolve) => {
      port1.addEventListener("message", () => resolve(), { once: true });
      port1.start();
      port2.postMessage(undefined);
    });
}
