// Chapters 4 and 5 in a real browser on a software adapter: the figures render, step, run and restore their state.
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, startSite } from "./browser.ts";
import { startGpuBrowser } from "./gpu-browser.ts";

const GROWTH = "learn/qkv-growth/";
const CACHE = "learn/kv-cache/";

let browser: Browser;
/** One for all tests: the choice of kernels is measured once and kept, as on a reader's machine. */
let context: BrowserContext;
let server: RunningServer;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([startSite(), startGpuBrowser()]);
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

beforeEach(async () => {
  page = await context.newPage();
  page.setDefaultTimeout(60_000);
  complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
});
afterEach(async () => {
  await page.close();
  expect(complaints).toEqual([]);
});

async function open(path: string): Promise<void> {
  await page.goto(server.url + path, { waitUntil: "load" });
}

/** Rows and columns of a drawn matrix. */
async function sizeOf(figure: Locator, matrix: string): Promise<number[]> {
  const drawn = figure.locator(`[data-matrix=${matrix}]`).first();
  const [rows, columns] = await Promise.all(
    ["data-rows", "data-columns"].map((name) => drawn.getAttribute(name)),
  );
  return [Number(rows), Number(columns)];
}

const MATRICES = ["query", "key", "value", "weights"];
const allSizes = (figure: Locator) => Promise.all(MATRICES.map((matrix) => sizeOf(figure, matrix)));

test("a step grows Q and V by a row, Kᵀ by a column and the scores by both; back undoes it", async () => {
  await open(GROWTH);
  const figure = page.locator("#qkv-growth");
  expect(await findViolations(page, "#qkv-growth")).toEqual([]);
  await figure.locator("[data-run]").click();
  await figure.getByText("Point at a cell").waitFor();
  const before = await allSizes(figure);
  await figure.getByRole("button", { name: "Next" }).click();
  await figure.getByText("No earlier number changed").waitFor();
  const after = await allSizes(figure);
  expect(before).toEqual([
    [10, 32],
    [32, 10],
    [10, 32],
    [10, 10],
  ]);
  expect(after).toEqual([
    [11, 32],
    [32, 11],
    [11, 32],
    [11, 11],
  ]);
  await expect.poll(() => new URL(page.url()).searchParams.get("qkv-growth.step")).toBe("7");
  await figure.getByRole("button", { name: "Back" }).click();
  await expect.poll(() => allSizes(figure)).toEqual(before);
  expect(await findViolations(page, "#qkv-growth")).toEqual([]);
});

test("switching the cache off counts every row again", async () => {
  await open(`${GROWTH}?qkv-growth.step=3&qkv-growth.cache=false`);
  const figure = page.locator("#qkv-growth");
  await figure.getByText("Point at a cell").waitFor();
  // The opening has 5 tokens: 7 at the third step, 5 + 6 + 7 so far.
  expect(await figure.locator("[data-count=step]").textContent()).toBe("7");
  expect(await figure.locator("[data-count=total]").textContent()).toBe("18");
  await figure.getByLabel("KV cache").check();
  await expect.poll(() => figure.locator("[data-count=step]").textContent()).toBe("1");
  expect(await figure.locator("[data-count=total]").textContent()).toBe("7");
});

test("arrow keys read the cells of the matrices", async () => {
  await open(`${GROWTH}?qkv-growth.step=2`);
  const drawing = page.locator("#qkv-growth [role=application]");
  await drawing.focus();
  await page.keyboard.press("ArrowRight");
  await page.getByText(/^Q, row 6 “,”, number 1: /).waitFor();
});

test("the growth claim waits for a prediction, then finds no changed number", async () => {
  await open(`${GROWTH}?growth-claim.context=8`);
  const card = page.locator("#growth-claim");
  expect(await findViolations(page, "section.claim")).toEqual([]);
  expect(await card.getByRole("button", { name: "Run the check" }).isDisabled()).toBe(true);
  await card.getByLabel("The last one").check();
  await card.getByRole("button", { name: "Commit prediction" }).click();
  await card.getByRole("button", { name: "Run the check" }).click();
  const verdict = card.locator(".verdict");
  await verdict.waitFor();
  expect(await verdict.locator(".verdict-sentence").textContent()).toMatch(
    /^It held in all 24 heads/,
  );
  expect(await verdict.textContent()).toContain("16 of 16 tokens the same");
  expect(await verdict.textContent()).toContain("that is what happened");
  expect(await findViolations(page, "section.claim")).toEqual([]);
});

test("the cache claim, its prediction skipped, ends in a verdict with interval and device", async () => {
  await open(`${CACHE}?cache-claim.position=16`);
  const card = page.locator("#cache-claim");
  expect(await findViolations(page, "section.claim")).toEqual([]);
  expect(await card.getByRole("button", { name: "Run on this device" }).isDisabled()).toBe(true);
  await card.getByRole("button", { name: "Skip" }).click();
  await card.getByRole("button", { name: "Run on this device" }).click();
  await card.getByRole("button", { name: "Run again" }).waitFor();
  const verdict = await card.locator(".verdict").first().textContent();
  expect(verdict).toMatch(/95 % interval/);
  expect(verdict).toContain("swiftshader");
  expect(verdict).toContain("Measured on software");
  const roofline = card.locator(".live-claim").first();
  // For a moment a new picture is drawn twice, until the width of its box is known.
  await expect.poll(() => roofline.locator(".live-bound").count()).toBe(2);
  expect(await roofline.innerText()).toContain("at no point can it be told what binds it");
  expect(await roofline.innerText()).toContain("No roof is drawn for it");
  await card.getByRole("button", { name: "Keep in my notebook" }).click();
  await card.getByText("Kept in your notebook").waitFor();
  expect(await findViolations(page, "section.claim")).toEqual([]);
});

test("a run of the cache claim stops when it is told to", async () => {
  await open(`${CACHE}?cache-claim.position=255`);
  const card = page.locator("#cache-claim");
  await card.getByRole("button", { name: "Skip" }).click();
  await card.getByRole("button", { name: "Run on this device" }).click();
  await card.getByText("comparing cache off with cache on").waitFor();
  await card.getByRole("button", { name: "Stop" }).click();
  await card.getByRole("button", { name: "Run on this device" }).waitFor();
});

test("the timing figure draws both lines and their exponents", async () => {
  await open(`${CACHE}?cache-timing.position=32`);
  const figure = page.locator("#cache-timing");
  expect(await findViolations(page, "#cache-timing")).toEqual([]);
  await figure.getByRole("button", { name: "Time it on this device" }).click();
  await figure.getByRole("button", { name: "Run again" }).waitFor({ timeout: 100_000 });
  const fits = await figure.locator(".cache-timing-fits").textContent();
  expect(fits).toMatch(/cache off: time ∝ position\^/);
  expect(fits).toMatch(/cache on: time ∝ position\^/);
  expect(await findViolations(page, "#cache-timing")).toEqual([]);
});

test("the work of a step follows the address", async () => {
  await open(`${CACHE}?cache-work.quantity=rows&cache-work.position=100`);
  const figure = page.locator("#cache-work");
  await figure.getByText("100 → 1").waitFor();
  expect(await figure.getByLabel("Rows", { exact: true }).isChecked()).toBe(true);
  expect(await findViolations(page, "#cache-work")).toEqual([]);
});

test("no chapter scrolls sideways on a phone", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const path of [GROWTH, CACHE]) {
    await open(path);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  }
});
