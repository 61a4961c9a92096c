// The figures of block tables in a real browser: stepping by keyboard, the state in the address, sentences for what is
// refused, a simulation that stops.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, openPage, startBrowser, startSite } from "./browser.ts";
import { readMemory, startGpuBrowser, watchWorkers } from "./gpu-browser.ts";

const PATIENCE = { timeout: 60_000 };
/** For what follows a press at once, on a busy machine; addresses are written a quarter of a second apart. */
const SOON = { timeout: 10_000 };

let browser: Browser;
let site: RunningServer;
beforeAll(async () => {
  [browser, site] = await Promise.all([startBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const address = (query = "") => `${site.url}learn/paged-attention/${query}`;
const query = (page: Page) => new URL(page.url()).searchParams;

/** Presses a button by keyboard, once the view has taken the poster over and enabled it. */
async function press(target: Locator, key = "Enter") {
  await expect.poll(() => target.isEnabled(), PATIENCE).toBe(true);
  await target.press(key);
}

/** Scrolls to a figure. */
async function openFigure(page: Page, id: string) {
  const figure = page.locator(`#${id}`);
  await figure.scrollIntoViewIfNeeded();
  return figure;
}

test(
  "a tour is stepped through by keyboard, back and forth, and a link restores it",
  PATIENCE,
  async () => {
    const { page, faults } = await openPage(browser, address());
    const figure = await openFigure(page, "block-table");
    const button = (name: string) => figure.getByRole("button", { name });
    const story = figure.locator(".block-table-happened");
    await expect.poll(() => story.innerText(), SOON).toContain("Block 6 is shared by A and B");
    await press(button("Step forward"));
    await expect.poll(() => story.innerText(), SOON).toContain("Token 7 of B goes into block 6");
    await expect.poll(() => query(page).get("block-table.ops"), SOON).toBe("n6.fA.aA.aB*aB.xA");
    const picture = figure.locator("svg[role=img]");
    const before = await picture.innerHTML();
    await press(button("Step forward"));
    await expect.poll(() => story.innerText(), SOON).toContain("Token 8 of B");
    await press(button("Step back"));
    await expect.poll(() => picture.innerHTML(), SOON).toBe(before);
    // An operation of the reader's own replaces what was undone.
    await press(button("Fork A"));
    await expect.poll(() => query(page).get("block-table.ops"), SOON).toBe("n6.fA.aA.aB.fA");
    const link = page.url();
    await page.goto(link);
    const again = await openFigure(page, "block-table");
    await expect
      .poll(() => again.locator(".block-table-happened").innerText(), SOON)
      .toContain("Step 5 of 5 C is forked from A");
    expect(await again.getByLabel("Tour").inputValue()).toBe("free-play");
    await again.getByLabel("Tour").selectOption("eviction");
    await expect
      .poll(() => again.locator(".block-table-ask").innerText(), SOON)
      .toContain("Three full blocks");
    expect(await again.getByRole("radio", { name: "vLLM V1" }).isChecked()).toBe(true);
    expect(faults).toEqual([]);
    await page.context().close();
  },
);

test("what is refused and what is no operation is said in a sentence", PATIENCE, async () => {
  const { page } = await openPage(
    browser,
    address("?block-table.machine=v1&block-table.ops=n16.n16.aA"),
  );
  const figure = await openFigure(page, "block-table");
  const refused = figure.locator(".block-table-refused");
  await expect
    .poll(() => refused.innerText(), SOON)
    .toMatch(/token 17 of A opens a block.*none is free/);
  await figure.getByLabel("Operations").fill("n6.q7.aA");
  await expect
    .poll(() => figure.locator("output.figure-notice").innerText(), SOON)
    .toMatch(/^Operation 2, “q7”, is none/);
  await expect
    .poll(() => figure.locator(".block-table-happened").innerText(), SOON)
    .toContain("Step 1 of 1");
  await page.context().close();
});

test("a pair of the analogy is chosen by keyboard and kept in the address", PATIENCE, async () => {
  const { page, faults } = await openPage(browser, address());
  const figure = await openFigure(page, "os-paging");
  const pair = figure.getByRole("button", { name: /^Swap to disk/ });
  await press(pair);
  await expect.poll(() => pair.getAttribute("aria-pressed"), SOON).toBe("true");
  await expect.poll(() => query(page).get("os-paging.concept"), SOON).toBe("swap");
  expect(await figure.locator(".os-paging-said").innerText()).toContain("goes whole or not at all");
  expect(await figure.getByLabel("Pair", { exact: true }).inputValue()).toBe("swap");
  expect(faults).toEqual([]);
  await page.context().close();
});

test(
  "the trace runs in its Worker and stops at once; the curves follow the sliders",
  PATIENCE,
  async () => {
    const { page, faults } = await openPage(browser, address());
    const figure = await openFigure(page, "prefix-cache");
    // The poster's Run button goes when the view comes; until then the numbers may be those of neither.
    await expect.poll(() => figure.locator("[data-run]").count(), PATIENCE).toBe(0);
    const rates = () => figure.locator(".stats dd .opens").allInnerTexts();
    await expect.poll(async () => (await rates())[2], SOON).toMatch(/^0\s%$/);
    const chat = (await rates())[1];
    await figure.getByLabel("Cache", { exact: true }).press("End");
    await expect
      .poll(async () => parseFloat((await rates())[1] ?? ""), SOON)
      .toBeGreaterThan(parseFloat(chat ?? ""));
    await press(figure.getByRole("button", { name: "Run the Mooncake trace" }));
    const stop = figure.getByRole("button", { name: "Stop" });
    await figure.getByText(/cache of [\d,]+ blocks, \d of 6/).waitFor(PATIENCE);
    await press(stop);
    await figure.getByRole("button", { name: "Run the Mooncake trace" }).waitFor(SOON);
    expect(faults).toEqual([]);
    await page.context().close();
  },
);

test("the live figures pass axe and fit 360 pixels", PATIENCE, async () => {
  const { page, faults } = await openPage(browser, address(), {
    viewport: { width: 360, height: 800 },
    colorScheme: "dark",
  });
  for (const id of ["block-table", "os-paging", "prefix-cache"]) {
    await openFigure(page, id);
    expect(await findViolations(page, `#${id}`)).toEqual([]);
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  expect(faults).toEqual([]);
  await page.context().close();
});

/** Kernels compile on a software adapter that others use as well. */
const COMPILING = { timeout: 240_000 };

/** The columns of the figure's data table that are numbers or block ids. */
async function readTables(figure: Locator) {
  const rows = await figure.locator(".figure-data tbody tr").all();
  return Promise.all(
    rows.map(async (row) => {
      const [name, tokens, computed, numBlocks, ids] = await row.locator("td, th").allInnerTexts();
      return {
        name,
        tokens: Number(tokens),
        computed: Number(computed),
        numBlocks: Number(numBlocks),
        ids: (ids ?? "").split(" ").map(Number),
      };
    }),
  );
}

test(
  "the live engine's tables are followed by steps: a block for each 16 tokens, none lent twice",
  COMPILING,
  async () => {
    const gpuBrowser = await startGpuBrowser();
    try {
      const { page, faults } = await openPage(gpuBrowser, "about:blank", {
        viewport: { width: 360, height: 800 },
        colorScheme: "dark",
        // Steps only, so that nothing goes on by itself.
        reducedMotion: "reduce",
      });
      await watchWorkers(page);
      await page.goto(address());
      const figure = await openFigure(page, "live-blocks");
      await figure.getByText("Nothing runs yet").waitFor(SOON);
      await figure.getByRole("button", { name: "Run on this device" }).press("Enter");
      const step = figure.getByRole("button", { name: "Step" });
      await expect.poll(() => step.isEnabled().catch(() => false), COMPILING).toBe(true);
      expect(await figure.getByRole("button", { name: "Play" }).count()).toBe(0);
      await figure.locator(".figure-data summary").click();
      // Prompts of 5, 11, 22 and 33 tokens; their keys and values come with the first step.
      await expect
        .poll(async () => (await readTables(figure)).map(({ tokens }) => tokens), SOON)
        .toEqual([5, 11, 22, 33]);
      const check = async (numGenerated: number) => {
        const wanted = [5, 11, 22, 33].map((length) => length + numGenerated);
        await expect
          .poll(async () => (await readTables(figure)).map(({ tokens }) => tokens), PATIENCE)
          .toEqual(wanted);
        const tables = await readTables(figure);
        for (const { tokens, computed, numBlocks, ids } of tables) {
          expect(computed).toBe(tokens - 1);
          expect(numBlocks).toBe(Math.ceil(tokens / 16));
          expect(ids).toHaveLength(numBlocks);
        }
        const held = tables.flatMap(({ ids }) => ids);
        expect(new Set(held).size).toBe(held.length);
        const free = 32 - held.length;
        const picture = figure.locator("svg[role=img]");
        expect(await picture.getAttribute("aria-label")).toContain(`${free} of 32 blocks are free`);
      };
      await press(step);
      await check(4);
      await press(step);
      await check(8);
      await figure.getByText(/Live, not simulated: read back from/).waitFor(SOON);
      expect(await figure.locator(".provenance").first().innerText()).toMatch(/^Measured on .+/);
      expect(await findViolations(page, "#live-blocks")).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
      await press(figure.getByRole("button", { name: "Stop" }));
      const again = figure.getByRole("button", { name: "Run again" });
      await again.waitFor(SOON);
      // Where Stop was, so the keyboard is still there.
      expect(await again.evaluate((button) => button === document.activeElement)).toBe(true);
      await expect.poll(async () => (await readMemory(page)).numRuns, SOON).toBe(0);
      expect(faults).toEqual([]);
    } finally {
      await gpuBrowser.close();
    }
  },
);
