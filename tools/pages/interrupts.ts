// How long an engine's Worker takes to answer a call that the page has interrupted.
import type { Page } from "playwright-core";
import { quantile } from "../../src/core/statistics/quantiles.ts";

/** In every document of the page from now on. */
export function watchInterrupts(page: Page): Promise<unknown> {
  return page.addInitScript(() => {
    const asked = new Map<number, number>();
    const answers: number[] = [];
    Reflect.set(globalThis, "interruptAnswers", answers);
    globalThis.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        this.addEventListener("message", ({ data }: MessageEvent<{ id: number; kind: string }>) => {
          const since = asked.get(data.id);
          if (since === undefined || data.kind === "progress") return;
          asked.delete(data.id);
          answers.push(performance.now() - since);
        });
      }

      override postMessage(
        message: { kind: string; id: number },
        options?: StructuredSerializeOptions | Transferable[],
      ) {
        if (message.kind === "interrupt") asked.set(message.id, performance.now());
        super.postMessage(message, Array.isArray(options) ? { transfer: options } : options);
      }
    };
  });
}

/** Those before do not count. */
export function forgetInterrupts(page: Page): Promise<void> {
  return page.evaluate(() => {
    const answers: number[] = Reflect.get(globalThis, "interruptAnswers");
    answers.length = 0;
  });
}

export async function sayInterrupts(page: Page): Promise<string> {
  const answers: number[] = await page.evaluate(() => Reflect.get(globalThis, "interruptAnswers"));
  if (answers.length === 0) return "no run was long enough to be stopped";
  return `${answers.length} stops answered in ${quantile(answers, 0.5).toFixed(0)} ms (median), ${Math.max(...answers).toFixed(0)} ms at most`;
}
