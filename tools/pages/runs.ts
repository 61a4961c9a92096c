// What a run of the engine leaves of the page: its frames while the lab writes a story, and how long the engine takes
// to answer when the reader stops it. On a software adapter the runs take the processor that draws the frames.
import type { Browser, Page } from "playwright-core";
import { quantile } from "../../src/core/statistics/quantiles.ts";
import type { PageBench } from "./bench-pages.ts";
import { readFrames, watchFrames } from "./frames.ts";

const WAYS = [
  ["with the cache", "a-cache=on"],
  ["without it", "a-cache=off"],
  ["without it, 16 sequences", "a-cache=off&a-batch=16"],
] as const;

/** Of the run that is drawn to its end, or for so long. */
const DRAWN_MS = 8000;
const NUM_STOPS = 12;
const PATIENCE_MS = 60_000;

/** Notes when the page interrupts a call to its engine, and when the engine answers that call. */
function watchInterrupts(): void {
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
}

const button = (page: Page, name: string) =>
  page.locator("#lab .lab-actions").getByRole("button", { name, exact: true });

/** The lab, its model loaded and its kernels chosen and compiled by a run that is stopped. */
async function openLab(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
  await page.addInitScript(watchInterrupts);
  await page.goto(address);
  await button(page, "Run A").click();
  await page.locator("#lab .lab-text").waitFor({ timeout: PATIENCE_MS });
  await page.waitForTimeout(3000);
  await stop(page);
  return page;
}

async function stop(page: Page): Promise<void> {
  const running = button(page, "Stop");
  if ((await running.count()) > 0) await running.click();
  await button(page, "Run A").waitFor({ timeout: PATIENCE_MS });
  await page.waitForTimeout(1000);
}

async function sayFrames(page: Page): Promise<string> {
  await watchFrames(page);
  await button(page, "Run A").click();
  await button(page, "Run A")
    .waitFor({ timeout: DRAWN_MS })
    .catch(() => undefined);
  const { perSecond, longestGapMs, longestTaskMs } = await readFrames(page);
  await stop(page);
  const longest =
    longestTaskMs === 0 ? "no task above 50 ms" : `longest task ${longestTaskMs.toFixed(0)} ms`;
  return `${perSecond.toFixed(1)} frames a second, longest gap ${longestGapMs.toFixed(0)} ms, ${longest}`;
}

async function sayStops(page: Page): Promise<string> {
  await page.evaluate(() => {
    const answers: number[] = Reflect.get(globalThis, "interruptAnswers");
    answers.length = 0;
  });
  for (let press = 0; press < NUM_STOPS; press++) {
    await button(page, "Run A").click();
    // Not in step with the submissions.
    await page.waitForTimeout(200 + 37 * press);
    await stop(page);
  }
  const answers: number[] = await page.evaluate(() => Reflect.get(globalThis, "interruptAnswers"));
  if (answers.length === 0) return "no run was long enough to be stopped";
  return `${answers.length} stops answered in ${quantile(answers, 0.5).toFixed(0)} ms (median), ${Math.max(...answers).toFixed(0)} ms at most`;
}

export async function measureRuns({ browser, url, print }: PageBench): Promise<void> {
  for (const [name, switches] of WAYS) {
    const page = await openLab(browser, `${url}lab/?length=192&${switches}`);
    print(`A run ${name}: ${await sayFrames(page)}; ${await sayStops(page)}.`);
    await page.context().close();
  }
}
