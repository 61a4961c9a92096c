// The figures of chapter 7 in a real browser: the frontier follows its slider, the simulator runs in its Worker and can
// be stopped, the card waits for a prediction. Nothing complains and axe finds nothing.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, startBrowser, startSite } from "./browser.ts";

const CHAPTER = "learn/batching/";
/** Short requests that arrive for a short time: the sweep takes a second or so. */
const SMALL =
  "?throughput-latency.period=30&throughput-latency.prompt=16&throughput-latency.output=16";

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

async function open(id: string, query = "") {
  await page.goto(server.url + CHAPTER + query, { waitUntil: "load" });
  const figure = page.locator(`#${id}`);
  await figure.scrollIntoViewIfNeeded();
  return figure;
}

const parameter = (name: string) => new URL(page.url()).searchParams.get(name);

test("the frontier's batch follows its slider by keyboard, opens its numbers, and stays in the address", async () => {
  const figure = await open("batch-pareto", "?batch-pareto.batch=127");
  await figure.locator(".chart-narrow").first().waitFor({ state: "detached" });
  await figure.getByRole("slider", { name: "Batch" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => parameter("batch-pareto.batch")).toBe("128");
  await figure.getByRole("button", { name: "24.6 tokens/s" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("throughput / B").waitFor();
  expect(await findViolations(page, "#batch-pareto")).toEqual([]);
});

test("a model that does not fit is said in a sentence, without a frontier", async () => {
  const figure = await open("batch-pareto");
  await figure.getByLabel("Llama 2 13B, 40 KV heads").check();
  await figure.getByLabel("L4").check();
  await figure.getByText("leaves no room on this GPU for one such request").waitFor();
  expect(await figure.locator(".stats").count()).toBe(0);
  expect(await findViolations(page, "#batch-pareto")).toEqual([]);
});

test("the sweep runs, can be stopped, and replaces what was drawn", async () => {
  const figure = await open("throughput-latency", SMALL);
  const run = figure.getByRole("button", { name: "Simulate these settings" });
  await run.click();
  await figure.getByRole("button", { name: "Stop" }).click();
  await figure.getByText("what is drawn is still the run before").waitFor();
  await run.click();
  await figure.getByText("prompts of 16 and outputs of 16 tokens").first().waitFor();
  expect(await figure.getByText("still the run before").count()).toBe(0);
  // Another latency is drawn without another run.
  await figure.getByLabel("TTFT, p99").check();
  await figure.getByText("objective, 1.00 s").waitFor();
  expect(await figure.getByText("still the run before").count()).toBe(0);
  expect(await findViolations(page, "#throughput-latency")).toEqual([]);
});

test("the card keeps its recorded run closed and its button locked until a prediction is made", async () => {
  const card = await open("batching-claim");
  const run = card.getByRole("button", { name: "Run on this device" });
  expect(await run.isDisabled()).toBe(true);
  expect(await card.locator(".batching-claim-recorded").getAttribute("open")).toBeNull();
  await card.getByLabel("4 to 12 times").check();
  await card.getByRole("button", { name: "Commit prediction" }).click();
  await expect.poll(() => run.isDisabled()).toBe(false);
  expect(await findViolations(page, "section.claim")).toEqual([]);
});
