// The figures and cards of chapters 3, 11 and 12 in a real browser: controls move the picture, the address restores it,
// the keyboard reaches it, axe finds nothing and nothing complains.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, startBrowser, startSite } from "./browser.ts";

const FUSION = "learn/kernel-fusion/";
const SPLIT = "learn/beyond-one-gpu/";
const SHAPES = "learn/model-shapes/";

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
const parameter = (name: string) => new URL(page.url()).searchParams.get(name);

/** Brings a figure into view, where it mounts by itself. */
async function mount(id: string) {
  const figure = figureOf(id);
  await figure.scrollIntoViewIfNeeded();
  // Live drawings are drawn once, at the width of their box.
  await figure.locator(".chart-narrow").first().waitFor({ state: "detached" });
  return figure;
}

test("a number opened on the poster stays open, and the keyboard at it, when the figure comes to life", async () => {
  await open(SPLIT);
  const figure = figureOf("tensor-parallel");
  const number = figure.locator("button.opens").last();
  const text = await number.textContent();
  await number.focus();
  await page.keyboard.press("Enter");
  // The live drawing has one width; the poster has two.
  await figure.locator(".chart-narrow").first().waitFor({ state: "detached" });
  await page.locator("dialog:popover-open").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog:popover-open").waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(text);
});

test("the ledger's batch follows its slider by keyboard and stays in the address", async () => {
  await open(`${FUSION}?fusion-ledger.batch=31`);
  const figure = await mount("fusion-ledger");
  await figure.getByLabel("Batch (rows)").focus();
  await page.keyboard.press("ArrowRight");
  await figure.getByRole("button", { name: "5.67 %" }).first().waitFor();
  await expect.poll(() => parameter("fusion-ledger.batch")).toBe("32");
  await figure.getByLabel("Residual, norm").check();
  await figure.locator("svg[role=img]").getByText("Add and RMSNorm").waitFor();
  expect(await figure.getByLabel("Width out").count()).toBe(0);
  expect(await findViolations(page, "#fusion-ledger")).toEqual([]);
});

test("a number of the ledger opens by keyboard into its derivation", async () => {
  await open(FUSION);
  const figure = await mount("fusion-ledger");
  await figure.getByRole("button", { name: "38.1 %" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("saving = 1 − fused / apart").waitFor();
  await page.keyboard.press("Escape");
  expect(await page.getByText("saving = 1 − fused / apart").isVisible()).toBe(false);
});

test("128 tokens fill one wave, 136 start a second, 108 SMs become 132", async () => {
  await open(`${SHAPES}?staircase.rows=128`);
  const figure = await mount("staircase");
  const picture = figure.locator("svg[role=img]").first();
  await picture.getByText("96 busy, 12 idle").waitFor();
  expect(await picture.getByText("Wave 2").count()).toBe(0);
  const slider = figure.getByLabel("Tokens, M");
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await picture.getByText("84 busy, 24 idle").waitFor();
  await figure.getByLabel("H100, 132 SMs").check();
  await picture.getByText("60 busy, 72 idle").waitFor();
  expect(await figure.textContent()).toContain("microsoft/vidur, MIT, commit 7d47513");
  expect(await findViolations(page, "#staircase")).toEqual([]);
});

test("the designer shows another proposal, and says which rules the plain choice breaks", async () => {
  await open(`${SHAPES}?shape-designer.vocabulary=50257`);
  const figure = await mount("shape-designer");
  await figure.getByRole("button", { name: "Proposal 2" }).click();
  await expect.poll(() => parameter("shape-designer.proposal")).toBe("2");
  await figure.getByText("The vocabulary is a multiple of 64.").click();
  await figure.getByText("50,304 with entries").first().waitFor();
  expect(await findViolations(page, "#shape-designer")).toEqual([]);
});

test("405B does not fit eight A100s in 16 bits; a press on a remedy makes it fit", async () => {
  await open(SPLIT);
  const figure = await mount("memory-bar");
  await figure.getByText(/^Does not fit: the weights alone/).waitFor();
  await figure.getByRole("button", { name: "Store the weights in fp8." }).click();
  await figure.getByText(/^Fits: 16 sequences/).waitFor();
  await expect.poll(() => parameter("memory-bar.weights")).toBe("fp8");
  expect(await findViolations(page, "#memory-bar")).toEqual([]);
});

test("a figure that comes to life says nothing; a remedy taken by keyboard leads to its outcome", async () => {
  await open(SPLIT);
  const figure = await mount("memory-bar");
  const remedy = figure.getByRole("button", { name: "Use 16 GPUs." });
  await remedy.focus();
  // Longer than a change takes to be announced.
  await page.waitForTimeout(1200);
  expect(await figure.locator(":scope > [aria-live]").textContent()).toBe("");
  await remedy.press("Enter");
  await figure.getByText(/^Fits: /).waitFor();
  const place = () => page.evaluate(() => document.activeElement?.className);
  await expect.poll(place).toMatch(/^memory-bar-answer/);
  await expect.poll(() => figure.locator(":scope > [aria-live]").textContent()).toMatch(/16 /);
});

test("a prediction is asked for before it is committed, and stands on the next visit", async () => {
  await open(SPLIT);
  const figure = figureOf("split-claim");
  await figure.getByRole("button", { name: "Commit prediction" }).press("Enter");
  await figure.getByText("Choose an answer first, or skip.").waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("type"))).toBe("radio");
  await page.keyboard.press("Space");
  await figure.getByRole("button", { name: "Commit prediction" }).press("Enter");
  await figure.getByText(/^You predicted: /).waitFor();
  await page.reload({ waitUntil: "load" });
  // The keyboard brings the figure to life, and the kept answer locks what the keyboard is at.
  await figure.getByRole("radio").first().focus();
  await figure.getByText(/^You predicted: /).waitFor();
  const place = () => page.evaluate(() => document.activeElement?.className);
  await expect.poll(place).toBe("predict-status");
});

test("the planner needs eight A100s in 8 bits, sixteen in 16, and says that heads repeat", async () => {
  await open(SPLIT);
  const figure = await mount("tensor-parallel");
  await figure.getByRole("button", { name: "8, GPUs that the model needs" }).waitFor();
  await figure.getByText("every head is kept 2 times").waitFor();
  await figure.getByLabel("bf16").check();
  await figure.getByRole("button", { name: "16, GPUs that the model needs" }).waitFor();
  expect(await findViolations(page, "#tensor-parallel")).toEqual([]);
});

const CARDS = [
  [FUSION, "fusion-claim", "Count them", "0.2 % at batch 1, 38 % at 512", "that is it"],
  [SPLIT, "split-claim", "Work it out", "under 5 %", "it is not"],
  [SHAPES, "shape-claim", "Look it up", "about 77 %", "measured 77 % longer"],
] as const;

test.each(CARDS)(
  "%s: the card waits for a prediction, then answers it",
  async (address, ...card) => {
    const [id, run, guess, reply] = card;
    await open(address);
    const figure = figureOf(id);
    expect(await figure.getByRole("button", { name: run }).isDisabled()).toBe(true);
    await figure.getByLabel(guess).check();
    await figure.getByRole("button", { name: "Commit prediction" }).click();
    await figure.getByRole("button", { name: run }).click();
    const verdict = figure.locator(".verdict").first();
    await verdict.getByText(reply).waitFor();
    expect(await verdict.locator(".provenance").count()).toBe(1);
    expect(await findViolations(page, "section.claim")).toEqual([]);
  },
);

test("no figure of the three chapters scrolls the page sideways on a phone", async () => {
  await page.setViewportSize({ width: 360, height: 780 });
  for (const address of [FUSION, SPLIT, SHAPES]) {
    await open(address);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  }
});
