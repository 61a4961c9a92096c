// The Worker's entry: a simulator that answers the page.
import { createBrowserRunner } from "./browser-runner.ts";
import type { CallMessage, ReplyMessage } from "./messages.ts";

function reply(message: ReplyMessage): void {
  self.postMessage(message);
}

const runner = createBrowserRunner(reply);

self.addEventListener("message", (event: MessageEvent<CallMessage>) => {
  runner.receive(event.data);
});
