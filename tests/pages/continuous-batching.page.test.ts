// Chapter 9 in a real browser: the timelines follow keyboard and controls, the card waits for a prediction, simulates,
// can be stopped, and replays a real trace in the Worker.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, startBrowser, startSite } from "./browser.ts";

const CHAPTER = "learn/continuous-batching/";

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
  page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
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

const open = (query = "") => page.goto(server.url + CHAPTER + query, { waitUntil: "load" });

/** The timelines, live. */
async function mountTimelines(id: string): Promise<Locator> {
  const figure = page.locator(`#${id}`);
  await figure.scrollIntoViewIfNeeded();
  await figure.getByRole("application").waitFor();
  return figure;
}

test("arrow keys walk the steps of one policy, then of the next", async () => {
  await open();
  const figure = await mountTimelines("schedule-timeline");
  await figure.getByRole("application").focus();
  const readout = figure.locator(".schedule-timeline-readout");
  await page.keyboard.press("ArrowRight");
  await readout.getByText("Static batching, step 1 of").waitFor();
  await readout.getByText("Joined: 1.").waitFor();
  await page.keyboard.press("ArrowRight");
  await readout.getByText("Static batching, step 2 of").waitFor();
  await page.keyboard.press("ArrowDown");
  await readout.getByText("Orca (Max), step 2 of").waitFor();
  await page.keyboard.press("Escape");
  await readout.getByText("Point at a step").waitFor();
  expect(await findViolations(page, "#schedule-timeline")).toEqual([]);
});

test("a policy that is switched on gets its timeline and its totals, and stays in the address", async () => {
  await open("?schedule-timeline.draw=7");
  const figure = await mountTimelines("schedule-timeline");
  await figure.getByLabel("nano-vllm").check();
  const totals = figure.getByRole("group", { name: "Totals of each policy" });
  await totals.getByRole("rowheader", { name: "nano-vllm" }).waitFor();
  expect(await totals.getByRole("row").count()).toBe(6);
  await expect
    .poll(() => new URL(page.url()).searchParams.get("schedule-timeline.nano"))
    .not.toBeNull();
  await totals.getByRole("button").first().click();
  const opened = page.getByRole("dialog", { name: "Mean time to first token, Static batching" });
  await opened.getByText("mean over requests of (first token − arrival)").waitFor();
});

test("too few blocks: version 0 preempts many times, V1 a few", async () => {
  await open();
  const figure = await mountTimelines("preemption");
  const counts = await figure
    .getByRole("group", { name: "Totals of each policy" })
    .getByRole("row")
    .evaluateAll((rows) =>
      rows.slice(1).map((row) => Number(row.querySelector("td:last-child button")?.textContent)),
    );
  expect(counts[0]).toBeGreaterThan(counts[1]! * 2);
  expect(counts[1]).toBeGreaterThan(0);
});

test("the card waits for a prediction, hears a stop, and answers", async () => {
  await open();
  const card = page.locator("#continuous-claim");
  const run = card.getByRole("button", { name: "Simulate" });
  expect(await run.isDisabled()).toBe(true);
  await card.getByLabel("less than 2 times").check();
  await card.getByRole("button", { name: "Commit prediction" }).click();
  await run.click();
  await card.getByRole("button", { name: "Stop" }).click();
  await run.click();
  const verdict = card.locator(".verdict");
  await verdict.getByText("They should not wait, and they need not").waitFor();
  await verdict.getByText("You predicted less than 2 times; it is not").waitFor();
  expect(await verdict.locator(".provenance").textContent()).toContain("Modelled");
  expect(await findViolations(page, "section.claim")).toEqual([]);
});

test("a thousand requests of Azure's are replayed under three policies", async () => {
  await open("?continuous-claim.rate=4&continuous-claim.seats=4");
  const card = page.locator("#continuous-claim");
  await card.getByRole("button", { name: /skip/i }).click();
  await card.getByRole("button", { name: "Simulate" }).click();
  await card.getByRole("button", { name: "Replay 1000 of Azure’s requests" }).click();
  const table = card.getByRole("group", { name: "Replay under each policy" });
  await table.waitFor();
  const shares = await table
    .getByRole("row")
    .evaluateAll((rows) =>
      rows.slice(1).map((row) => parseFloat(row.lastElementChild?.textContent ?? "")),
    );
  expect(shares).toHaveLength(3);
  // Static batching serves fewer of them well than either of the others.
  expect(Math.max(...shares)).toBeGreaterThan(shares[0]!);
});
