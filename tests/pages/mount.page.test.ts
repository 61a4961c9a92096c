// Figures that the site never unmounts, mounted and unmounted ten times: no Worker, timer or frame is left behind.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPage } from "./browser.ts";
import { startGpuBrowser } from "./gpu-browser.ts";
import {
  countTimers,
  expectNoWorkers,
  mountFor,
  startMountSite,
  type MountedView,
  type MountSite,
} from "./mount-page.ts";

const PATIENCE = { timeout: 240_000 };

let browser: Browser;
let site: MountSite;
beforeAll(async () => {
  [browser, site] = await Promise.all([startGpuBrowser(), startMountSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

test("what is pending is counted until it has come or was taken back", async () => {
  const { page } = await openPage(browser, site.url);
  await expect.poll(() => countTimers(page)).toBe(0);
  await page.evaluate(() => {
    const made = [setTimeout(() => {}, 60_000), setInterval(() => {}, 60_000)];
    Reflect.set(globalThis, "made", made);
    setTimeout(() => {}, 1);
    requestAnimationFrame(() => {});
    cancelAnimationFrame(requestAnimationFrame(() => {}));
  });
  await expect.poll(() => countTimers(page)).toBe(2);
  await page.evaluate(() => {
    for (const id of Reflect.get(globalThis, "made")) clearTimeout(id);
  });
  expect(await countTimers(page)).toBe(0);
  await page.context().close();
});

// The race and the lab are mounted so in their own files.
test.each<MountedView>(["cache-claim", "cache-timing", "qkv-growth"])(
  "%s: ten mounts and unmounts and a run cut short leave no Worker and no timer behind",
  PATIENCE,
  async (id) => {
    const { page, faults } = await openPage(browser, site.url);
    for (let i = 0; i < 10; i++) {
      await mountFor(page, { id, shouldRun: i % 2 === 1, ms: 40 * i });
    }
    await mountFor(page, { id, shouldRun: true, ms: 5000 });
    await expectNoWorkers(page);
    expect(faults).toEqual([]);
    await page.context().close();
  },
);
