// What the live experiments of the pages leave of their page: its frames while they run, how soon they stop, and on
// /gpu/ the time until the reader sees the ladder of the device.
import type { Browser, Locator, Page } from "playwright-core";
import type { PageBench } from "./bench-pages.ts";
import { sayFrames, watchFrames } from "./frames.ts";
import { forgetInterrupts, sayInterrupts, watchInterrupts } from "./interrupts.ts";

/** Address and figure. */
const FIGURES = [
  ["gpu/", "own-gpu"],
  ["gpu/", "kernel-steps"],
  ["learn/arithmetic-intensity/", "matmul-live"],
  ["learn/arithmetic-intensity/", "linear-live"],
  ["learn/kernel-fusion/", "fusion-live"],
  ["learn/kv-cache/", "cache-claim"],
  ["learn/prefill-decode/", "phases-live"],
  ["learn/batching/", "batching-claim"],
  ["learn/paged-attention/", "paged-kernel-claim"],
  ["learn/model-shapes/", "staircase-live"],
] as const;

const NUM_LOOKS = 4;
const NUM_STOPS = 5;
const DRAWN_MS = 8000;
const PATIENCE_MS = 120_000;

async function openFigure(browser: Browser, address: string, id: string): Promise<[Page, Locator]> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
  await watchInterrupts(page);
  await page.goto(address);
  const figure = page.locator(`[data-widget="${id}"]`).first();
  // What comes into view on the way takes its real height, and pushes the figure on.
  for (let look = 0; look < NUM_LOOKS; look++) {
    await figure.evaluate((element) => element.scrollIntoView({ block: "start" }));
    await page.waitForTimeout(300);
  }
  // Some ask for a prediction first.
  const skip = figure.getByRole("button", { name: "Skip" });
  if ((await skip.count()) > 0) await skip.click();
  return [page, figure];
}

const runButton = (figure: Locator) =>
  figure
    .getByRole("button", { name: /^(Run|Measure)/ })
    .and(figure.locator(":enabled"))
    .first();
const stopButton = (figure: Locator) => figure.getByRole("button", { name: "Stop" }).first();

async function start(figure: Locator): Promise<void> {
  await runButton(figure).click();
  await stopButton(figure).waitFor({ timeout: PATIENCE_MS });
}

async function stop(figure: Locator): Promise<void> {
  // It may have come to its end by itself.
  await stopButton(figure)
    .click({ timeout: 1000 })
    .catch(() => undefined);
  await runButton(figure).waitFor({ timeout: PATIENCE_MS });
}

async function sayStops(page: Page, figure: Locator): Promise<string> {
  await forgetInterrupts(page);
  for (let press = 0; press < NUM_STOPS; press++) {
    await start(figure);
    // Not in step with the submissions.
    await page.waitForTimeout(400 + 370 * press);
    await stop(figure);
    await page.waitForTimeout(500);
  }
  return sayInterrupts(page);
}

async function sayFramesOfRun(page: Page, figure: Locator): Promise<string> {
  await start(figure);
  await watchFrames(page);
  await page.waitForTimeout(DRAWN_MS);
  const said = await sayFrames(page);
  await stop(figure);
  return said;
}

/** The first time also opens the device and compiles. */
async function sayLadder(browser: Browser, address: string): Promise<string> {
  const [page, figure] = await openFigure(browser, address, "own-gpu");
  const since = performance.now();
  await runButton(figure).click();
  await figure
    .getByRole("button", { name: "Keep in my notebook" })
    .waitFor({ timeout: PATIENCE_MS });
  const took = performance.now() - since;
  await page.context().close();
  return `${(took / 1000).toFixed(1)} s`;
}

export async function measureExperiments({ browser, url, print }: PageBench): Promise<void> {
  print(`The ladder on /gpu/ is drawn ${await sayLadder(browser, `${url}gpu/`)} after its button.`);
  for (const [path, id] of FIGURES) {
    const [page, figure] = await openFigure(browser, `${url}${path}`, id);
    // The first run opens the device and compiles.
    await start(figure);
    await page.waitForTimeout(DRAWN_MS);
    await stop(figure);
    print(`  ${id}: ${await sayFramesOfRun(page, figure)}; ${await sayStops(page, figure)}.`);
    await page.context().close();
  }
}
