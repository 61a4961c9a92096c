// The live figures in a real browser on a software adapter: a run stops, ends in points without a roof, and is kept.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, openPage, startSite } from "./browser.ts";
import { readMemory, startGpuBrowser, watchWorkers } from "./gpu-browser.ts";

const PATIENCE = { timeout: 300_000 };

let browser: Browser;
let site: RunningServer;
beforeAll(async () => {
  [browser, site] = await Promise.all([startGpuBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** The figure of a page, its live part mounted and its prediction skipped. */
async function openFigure(page: Page, path: string, id: string) {
  await page.goto(`${site.url}${path}`);
  const figure = page.locator(`#${id}`);
  await figure.scrollIntoViewIfNeeded();
  await figure.getByRole("button", { name: "Skip" }).click();
  // The live part takes the poster's place, and with it the place of its Run button.
  await figure.locator(".live-run").waitFor(PATIENCE);
  return figure;
}

test(
  "a run of the linear layer stops, runs again, draws no roof, and is kept",
  PATIENCE,
  async () => {
    const { page, faults } = await openPage(browser, "about:blank");
    await watchWorkers(page);
    const figure = await openFigure(
      page,
      "learn/arithmetic-intensity/?linear-live.largestBatch=64",
      "linear-live",
    );
    const press = (name: string) => figure.getByRole("button", { name }).first().press("Enter");
    expect(await figure.locator(".live-modelled").count()).toBeGreaterThan(10);
    await press("Run on this device");
    await figure.getByText("this device’s roofs").waitFor(PATIENCE);
    await press("Stop");
    await figure.getByRole("button", { name: "Run on this device" }).waitFor(PATIENCE);

    await press("Run on this device");
    await figure.getByRole("button", { name: "Run again" }).waitFor(PATIENCE);
    const text = await figure.innerText();
    expect(text).toContain("The linear layer: at no point can it be told what binds it.");
    expect(text).toMatch(/Growth of linear layer: time goes as the rows to the power of/);
    expect(text).toMatch(/these times stand for no GPU/);
    expect(text).toMatch(/a software adapter has none of a GPU’s/);
    expect(await figure.locator(".live-roof").count()).toBe(0);
    // Four batches at least, drawn twice: on the roofline and as points of the chart.
    expect(await figure.locator(".live-bound").count()).toBeGreaterThanOrEqual(4);
    expect((await readMemory(page)).numLiveBuffers).toBe(0);
    expect(await findViolations(page, "#linear-live")).toEqual([]);
    await press("Keep in my notebook");
    await figure.getByText("Kept in your notebook.").waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  },
);

test("chapter 6's card times both phases and gives the ratio a token", PATIENCE, async () => {
  const { page, faults } = await openPage(browser, "about:blank");
  await watchWorkers(page);
  const figure = await openFigure(
    page,
    "learn/prefill-decode/?phases-live.prompt=32",
    "phases-live",
  );
  await figure.getByRole("button", { name: "Run on this device" }).press("Enter");
  await figure.getByRole("button", { name: "Run again" }).waitFor(PATIENCE);
  const text = await figure.innerText();
  expect(text).toMatch(/After 32 tokens a generated token takes [\d.,]+× as long as each token/);
  expect(text).toMatch(/Model: stories-1m, 1,312,384 parameters/);
  expect(await figure.locator(".live-bound").count()).toBe(6);
  expect(faults).toEqual([]);
  await page.context().close();
});
