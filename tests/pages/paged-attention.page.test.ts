// Chapter 8 in a real browser: the memory map steps and restores its state, the claims run.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, startSite } from "./browser.ts";
import { startGpuBrowser } from "./gpu-browser.ts";

const CHAPTER = "learn/paged-attention/";

let browser: Browser;
let server: RunningServer;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([startSite(), startGpuBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
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

async function open(query: string): Promise<void> {
  await page.goto(`${server.url}${CHAPTER}?${query}`, { waitUntil: "load" });
}

/** The shares of one part: with regions, and with blocks. */
function sharesOf(figure: Locator, part: string): Promise<string[]> {
  return figure.locator("tr", { hasText: part }).first().locator("td").allTextContents();
}

test("the map steps back and forth, and the address follows", async () => {
  await open("memory-map.step=40&memory-map.reservation=orca-oracle");
  const figure = page.locator("#memory-map");
  await figure.getByRole("button", { name: "Next" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("memory-map.step")).toBe("41");
  const before = await sharesOf(figure, "holds a token");
  await figure.getByRole("button", { name: "Next" }).click();
  await expect.poll(() => sharesOf(figure, "holds a token")).not.toEqual(before);
  await figure.getByRole("button", { name: "Back" }).click();
  await expect.poll(() => sharesOf(figure, "holds a token")).toEqual(before);
  expect(await sharesOf(figure, "given out, never used")).toContain("0\u00a0%");
  expect(await findViolations(page, "#memory-map")).toEqual([]);
});

test("the map plays until it is told to pause", async () => {
  await open("memory-map.step=10");
  const figure = page.locator("#memory-map");
  await figure.getByRole("button", { name: "Play" }).click();
  const slider = figure.getByRole("slider", { name: "Step" });
  await expect.poll(async () => Number(await slider.inputValue())).toBeGreaterThan(12);
  await figure.getByRole("button", { name: "Pause" }).click();
  await figure.getByRole("button", { name: "Play" }).waitFor();
});

test("the paging claim waits for a prediction, simulates four policies and judges it", async () => {
  await open("paging-claim.requests=500");
  const card = page.locator("#paging-claim");
  expect(await card.getByRole("button", { name: "Simulate" }).isDisabled()).toBe(true);
  await card.getByLabel("over 4 times").check();
  await card.getByRole("button", { name: "Commit prediction" }).click();
  await card.getByRole("button", { name: "Simulate" }).click();
  const verdict = card.locator(".verdict");
  await verdict.waitFor();
  expect(await verdict.textContent()).toContain("You predicted over 4 times; it is not");
  await card.getByText("Orca (Pow2), simulated").first().waitFor();
  expect(await findViolations(page, "#paging-claim")).toEqual([]);
});

test("the kernel claim, its prediction skipped, ends in a verdict with interval and device", async () => {
  await open("paged-kernel-claim.position=16");
  const card = page.locator("#paged-kernel-claim");
  await card.getByRole("button", { name: "Skip" }).click();
  await card.getByRole("button", { name: "Run on this device" }).click();
  await card.getByRole("button", { name: "Run again" }).waitFor();
  const verdict = await card.locator(".verdict").first().textContent();
  expect(verdict).toContain("swiftshader");
  expect(verdict).toContain("Measured on software");
  // For a moment a new picture is drawn twice, until the width of its box is known.
  await expect.poll(() => card.locator(".live-claim .live-bound").count()).toBe(2);
  expect(await findViolations(page, "#paged-kernel-claim")).toEqual([]);
});
