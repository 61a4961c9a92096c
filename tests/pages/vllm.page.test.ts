// Chapter 10 in a real browser: causes are told from an example and from pasted text, changes are simulated in the
// Worker, a real trace only when asked, and the card answers a prediction.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, startBrowser, startSite } from "./browser.ts";

const CHAPTER = "learn/vllm/";

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
  page.setDefaultTimeout(30_000);
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

/** Opens the chapter and brings the figure to life. */
async function openFigure(query = "") {
  await page.goto(server.url + CHAPTER + query, { waitUntil: "load" });
  const figure = page.locator("#slow-server");
  await figure.scrollIntoViewIfNeeded();
  await figure.getByRole("textbox").waitFor();
  return figure;
}

test("another example is diagnosed and simulated in the Worker, and stays in the address", async () => {
  const figure = await openFigure();
  await figure.getByLabel("Example").selectOption("preemption");
  await figure.getByText("1,460 preemptions are counted").waitFor();
  await figure.getByRole("row", { name: /^Preemptions \d+ 0$/ }).waitFor();
  await figure.getByText("Requests that wait, simulated").waitFor();
  await expect
    .poll(() => new URL(page.url()).searchParams.get("slow-server.example"))
    .toBe("preemption");
  expect(await findViolations(page, "#slow-server")).toEqual([]);
});

test("a lighter cause is chosen by keyboard, and its own line is shown", async () => {
  const figure = await openFigure("?slow-server.example=preemption");
  await figure.getByRole("radio").first().focus();
  await page.keyboard.press("ArrowDown");
  await figure.locator("pre", { hasText: "--kv-cache-dtype fp8" }).waitFor();
});

test("pasted text is read, impossible values are named, and the GPU is the reader's", async () => {
  const figure = await openFigure();
  const box = figure.getByRole("textbox");
  await box.fill("vllm serve meta-llama/Llama-3.1-8B --max-num-seqs -4 --frobnicate");
  await figure.getByText("--max-num-seqs is a whole number from 1 to 1,000,000").waitFor();
  await figure.getByText("is a flag that this page does not know").waitFor();
  await figure.getByLabel("GPU").selectOption("l4");
  await figure.getByText("Why does it refuse my model’s context length?").first().waitFor();
  await figure.getByRole("button", { name: "Put the example back" }).click();
  expect(await box.inputValue()).toContain("--max-num-seqs 16");
});

test("a real trace is replayed when asked", async () => {
  const figure = await openFigure("?slow-server.example=prefix-misses");
  expect(await figure.getByText("Prompt tokens found in the cache").count()).toBe(0);
  await figure.getByRole("button", { name: "Simulate with a real trace" }).click();
  await figure.getByRole("row", { name: /^Prompt tokens found in the cache 0/ }).waitFor();
});

test("all fifteen questions have an answer with its threads", async () => {
  const figure = await openFigure();
  const answers = figure.locator(".slow-server-answers");
  await answers.locator("summary").first().click();
  expect(await answers.locator("details").count()).toBe(15);
  await answers.getByText("What does an fp8 KV cache bring?").click();
  const link = answers.getByRole("link", { name: "#25350" });
  expect(await link.getAttribute("href")).toMatch(/vllm-project\/vllm\/issues\/25350$/);
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});

test("the card waits for a prediction, then holds it against ten logs", async () => {
  await page.goto(server.url + CHAPTER, { waitUntil: "load" });
  const figure = page.locator("#engine-claim");
  expect(await figure.getByRole("button", { name: "Divide" }).isDisabled()).toBe(true);
  await figure.getByLabel("four to seven").check();
  await figure.getByRole("button", { name: "Commit prediction" }).click();
  await figure.getByRole("button", { name: "Divide" }).click();
  await figure.locator(".verdict").getByText("it is not: 10 of 10.").waitFor();
  await figure.getByRole("button", { name: "1,950" }).click();
  await page.getByText("with the rounding of the log 1,948 to 1,953").waitFor();
  expect(await findViolations(page, "section.claim")).toEqual([]);
});
