// The live figures in a real browser on a software adapter: a run stops, ends in points without a roof, and is kept.
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, openPageOf, startSite } from "./browser.ts";
import { readMemory, startGpuBrowser, watchWorkers } from "./gpu-browser.ts";

const PATIENCE = { timeout: 300_000 };

let browser: Browser;
/** One for all tests: the choice of kernels is measured once and kept, as on a reader's machine. */
let context: BrowserContext;
let site: RunningServer;
beforeAll(async () => {
  [browser, site] = await Promise.all([startGpuBrowser(), startSite()]);
  context = await browser.newContext();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** The figure of a page, its live part mounted and its prediction skipped. */
async function openFigure(page: Page, path: string, id: string) {
  await page.goto(`${site.url}${path}`);
  return openLivePart(page, id);
}

async function openLivePart(page: Page, id: string) {
  const figure = page.locator(`#${id}`);
  await figure.scrollIntoViewIfNeeded();
  await figure.getByRole("button", { name: "Skip" }).click();
  // The live part takes the poster's place, and with it the place of its Run button.
  await figure.locator(".live-run").waitFor(PATIENCE);
  return figure;
}

test(
  "a run of the linear layer stops, runs again, draws no roof, and is kept; products follow",
  PATIENCE,
  async () => {
    const { page, faults } = await openPageOf(context, "about:blank");
    await watchWorkers(page);
    const figure = await openFigure(
      page,
      "learn/arithmetic-intensity/?linear-live.largestBatch=64&matmul-live.largest=512",
      "linear-live",
    );
    const press = (name: string) => figure.getByRole("button", { name }).first().press("Enter");
    // Ten batches modelled, and more on two GPUs published, with a mark of each kind in the words below.
    expect(await figure.locator(".live-modelled").count()).toBeGreaterThan(10);
    expect(await figure.locator(".live-published-point").count()).toBeGreaterThan(10);
    expect(await figure.locator(".live-key-mark").count()).toBeGreaterThanOrEqual(3);
    const colourOf = (mark: string) =>
      figure
        .locator(mark)
        .first()
        .evaluate((element) => getComputedStyle(element).stroke);
    expect(await colourOf(".live-modelled")).not.toBe(await colourOf(".live-published-point"));
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

    // The page knows the roofs now: the products below are timed at once.
    const products = await openLivePart(page, "matmul-live");
    expect(await runFigure(products)).toContain("The product: at no point can it be told");
    expect(await products.locator(".live-bound").count()).toBeGreaterThanOrEqual(3);
    expect(faults).toEqual([]);
    await page.close();
  },
);

/** Presses Run, waits for the result, and gives its words. */
async function runFigure(figure: Locator): Promise<string> {
  await figure.getByRole("button", { name: "Run on this device" }).press("Enter");
  await figure.getByRole("button", { name: "Run again" }).waitFor(PATIENCE);
  return figure.innerText();
}

test(
  "chapter 3's cards time the whole model and one layer, apart and fused",
  PATIENCE,
  async () => {
    const { page, faults } = await openPageOf(context, "about:blank");
    await watchWorkers(page);
    await page.goto(`${site.url}learn/kernel-fusion/?fusion-live.largestBatch=64`);
    const claim = page.locator("#fusion-claim");
    await claim.scrollIntoViewIfNeeded();
    await claim.getByRole("button", { name: "Skip" }).click();
    await claim.getByRole("button", { name: "Count them" }).click();
    const said = await runFigure(claim);
    expect(said).toMatch(/one kernel an operation: .*?\d+ dispatches/);
    expect(said).toContain("A step: at no point can it be told what binds it.");
    expect(said).toContain("a software adapter has none of a GPU’s");
    // For a moment a new picture is drawn twice, until the width of its box is known.
    await expect.poll(() => claim.locator(".live-claim .live-bound").count()).toBe(2);
    expect(await findViolations(page, "#fusion-claim")).toEqual([]);

    const figure = await openLivePart(page, "fusion-live");
    expect(await runFigure(figure)).toMatch(/At 1 row the kernels apart take [\d.]+× the time/);
    // Both forms at 1 and at 4 rows at least.
    expect(await figure.locator(".live-bound").count()).toBeGreaterThanOrEqual(4);
    // That run is of the other pair: it makes room for what is known of this one, and comes back with its own.
    await figure.getByLabel("Norm, gate · up").check();
    await figure.getByText("both products 1024 → 4096 and their gate").first().waitFor();
    await figure.getByRole("button", { name: "Run on this device" }).waitFor();
    await figure.getByLabel("Linear, ReLU").check();
    await figure.getByRole("button", { name: "Run again" }).waitFor();
    expect(faults).toEqual([]);
    await page.close();
  },
);

test("chapter 12's staircase is timed, and says whether there are steps", PATIENCE, async () => {
  const { page, faults } = await openPageOf(context, "about:blank");
  const figure = await openFigure(
    page,
    "learn/model-shapes/?staircase-live.tiles=48",
    "staircase-live",
  );
  expect(await runFigure(figure)).toMatch(/No steps can be told on this device|Steps of about/);
  expect(await figure.locator(".live-bound").count()).toBeGreaterThan(10);
  expect(faults).toEqual([]);
  await page.close();
});

test("chapter 6's card times both phases and gives the ratio a token", PATIENCE, async () => {
  const { page, faults } = await openPageOf(context, "about:blank");
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
  // For a moment a new picture is drawn twice, until the width of its box is known.
  await expect.poll(() => figure.locator(".live-bound").count()).toBe(6);
  expect(faults).toEqual([]);
  await page.close();
});
