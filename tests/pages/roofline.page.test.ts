// The figures and cards of chapters 1 and 2 in a real browser: controls move the picture, the address restores it, the
// keyboard reaches it, axe finds nothing and nothing complains.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, startBrowser, startSite } from "./browser.ts";

const HIERARCHY = "learn/memory-hierarchy/";
const INTENSITY = "learn/arithmetic-intensity/";

let browser: Browser;
let server: RunningServer;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([startSite(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(20_000);
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

const open = (address: string) => page.goto(server.url + address, { waitUntil: "load" });
const figureOf = (id: string) => page.locator(`#${id}`);
/** The address follows a control at its own pace. */
const expectParameter = (name: string, value: string | null) =>
  expect.poll(() => new URL(page.url()).searchParams.get(name)).toBe(value);

test("the ladder shows another GPU, and human time", async () => {
  await open(`${HIERARCHY}?bandwidth-ladder.show=human`);
  const figure = figureOf("bandwidth-ladder");
  await figure.getByText("2 min 33 s", { exact: true }).first().waitFor();
  await figure.getByLabel("GPU", { exact: true }).selectOption("h100-sxm");
  await figure.getByText("Left out for the NVIDIA H100").waitFor();
  await figure.getByText("4 min 55 s", { exact: true }).first().waitFor();
  await expectParameter("bandwidth-ladder.hardware", "h100-sxm");
  await expectParameter("bandwidth-ladder.show", "human");
  expect(await findViolations(page, "#bandwidth-ladder")).toEqual([]);
});

test("a number of the ladder opens by keyboard into its derivation", async () => {
  await open(HIERARCHY);
  const number = figureOf("bandwidth-ladder").getByRole("button", { name: "16.0" });
  await number.focus();
  await page.keyboard.press("Enter");
  await page.getByText("128 B a clock and SM").waitFor();
  await page.keyboard.press("Escape");
  expect(await page.getByText("128 B a clock and SM").isVisible()).toBe(false);
});

test("the batch follows its slider by keyboard, and a press in the picture", async () => {
  await open(`${INTENSITY}?linear-layer.batch=188`);
  const figure = figureOf("linear-layer");
  await figure.getByText("Batch 188: memory bound.").waitFor();
  await figure.getByRole("slider", { name: "Batch" }).focus();
  await page.keyboard.press("ArrowRight");
  await figure.getByText("Batch 189: compute bound.").waitFor();
  await expectParameter("linear-layer.batch", "189");
  await figure.locator(".chart-picks").click({ position: { x: 70, y: 150 } });
  await figure.getByText("Batch 1: memory bound.").waitFor();
  expect(await findViolations(page, "#linear-layer")).toEqual([]);
});

test("the product follows its slider", async () => {
  await open(`${INTENSITY}?square-matmul.n=448`);
  const figure = figureOf("square-matmul");
  await figure.getByText("N = 448 is memory bound").waitFor();
  await figure.getByRole("slider", { name: "N", exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  await figure.getByText("N = 464 is compute bound").waitFor();
  expect(await findViolations(page, "#square-matmul")).toEqual([]);
});

test("the roof moves with the GPU, the points with the phase", async () => {
  await open(`${INTENSITY}?roofline.phase=decode`);
  const figure = figureOf("roofline");
  await figure.getByRole("heading", { name: "A model on the roofline" }).waitFor();
  await expect.poll(() => figure.locator("rect.roofline-point").count()).toBe(0);
  // Live, the picture is drawn once, at the width of its box.
  await figure.scrollIntoViewIfNeeded();
  await figure.locator(".chart-narrow").waitFor({ state: "detached" });
  const roof = figure.locator(".roofline-roof");
  const before = await roof.getAttribute("d");
  await figure.getByLabel("GPU", { exact: true }).selectOption("h100-sxm");
  await figure.getByText("295 FLOP/B").first().waitFor();
  expect(await roof.getAttribute("d")).not.toBe(before);
  await figure.getByLabel("Both", { exact: true }).check();
  await expect.poll(() => figure.locator("rect.roofline-point").count()).toBe(6);
  await expectParameter("roofline.phase", null);
  expect(await findViolations(page, "#roofline")).toEqual([]);
});

test("the first claim card of each chapter waits for a prediction and sets it beside the answer", async () => {
  const cards = [
    [HIERARCHY, "about 1,500", "You predicted about 1,500; the datasheet says 153."],
    [INTENSITY, "153", "You predicted 153; it is 189."],
  ] as const;
  for (const [address, choice, answer] of cards) {
    await open(address);
    const card = page.locator("section.claim").first();
    expect(await card.getByRole("button", { name: "Work it out" }).isDisabled()).toBe(true);
    await card.getByLabel(choice, { exact: true }).check();
    await card.getByRole("button", { name: "Commit prediction" }).click();
    await card.getByRole("button", { name: "Work it out" }).click();
    await card.getByText(answer).waitFor();
    await card.locator(".verdict").getByText("This card runs on datasheet figures").waitFor();
    expect(await findViolations(page, "section.claim")).toEqual([]);
  }
});

test("neither chapter scrolls sideways on a phone", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const address of [HIERARCHY, INTENSITY]) {
    await open(address);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  }
});
