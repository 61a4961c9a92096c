// What a run of the engine leaves of the page: its frames while the lab writes a story, and how long the engine takes
// to answer when the reader stops it. On a software adapter the runs take the processor that draws the frames.
import type { Browser, Page } from "playwright-core";
import type { PageBench } from "./bench-pages.ts";
import { sayFrames, watchFrames } from "./frames.ts";
import { forgetInterrupts, sayInterrupts, watchInterrupts } from "./interrupts.ts";

const WAYS = [
  ["with the cache", "a-cache=on"],
  ["without it", "a-cache=off"],
  ["without it, 16 sequences", "a-cache=off&a-batch=16"],
] as const;

/** Of the run that is drawn to its end, or for so long. */
const DRAWN_MS = 8000;
const NUM_STOPS = 12;
const PATIENCE_MS = 60_000;

const button = (page: Page, name: string) =>
  page.locator("#lab .lab-actions").getByRole("button", { name, exact: true });

/** The lab, its model loaded and its kernels chosen and compiled by a run that is stopped. */
async function openLab(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
  await watchInterrupts(page);
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

async function sayFramesOfRun(page: Page): Promise<string> {
  await watchFrames(page);
  await button(page, "Run A").click();
  await button(page, "Run A")
    .waitFor({ timeout: DRAWN_MS })
    .catch(() => undefined);
  const said = await sayFrames(page);
  await stop(page);
  return said;
}

async function sayStops(page: Page): Promise<string> {
  await forgetInterrupts(page);
  for (let press = 0; press < NUM_STOPS; press++) {
    await button(page, "Run A").click();
    // Not in step with the submissions.
    await page.waitForTimeout(200 + 37 * press);
    await stop(page);
  }
  return sayInterrupts(page);
}

export async function measureRuns({ browser, url, print }: PageBench): Promise<void> {
  for (const [name, switches] of WAYS) {
    const page = await openLab(browser, `${url}lab/?length=192&${switches}`);
    print(`A run ${name}: ${await sayFramesOfRun(page)}; ${await sayStops(page)}.`);
    await page.context().close();
  }
}
