// The simulator's page and its Worker: runs, stops, answers a bad scenario, lets the page draw meanwhile.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, openPage, startBrowser, startSite } from "./browser.ts";

let server: RunningServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startSite(), startBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function openSimulator(query: string) {
  const opened = await openPage(browser, `${server.url}simulator/${query}`);
  const figure = opened.page.locator("[data-widget=simulator]").first();
  await figure.evaluate((element) => element.scrollIntoView());
  await figure.getByRole("button", { name: "Simulate", exact: true }).waitFor();
  return { ...opened, figure };
}

function countFrames(page: Page): Promise<void> {
  return page.evaluate(() => {
    const seen = { numFrames: 0, start: performance.now() };
    Reflect.set(globalThis, "seen", seen);
    const next = () => {
      seen.numFrames += 1;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
}

test("a trace runs in the Worker while the page draws, and both policies are shown", async () => {
  const { page, figure, faults } = await openSimulator("?count=400");
  await countFrames(page);
  await figure.getByRole("button", { name: "Simulate", exact: true }).click();
  await figure.getByText("Latencies under Orca (Max)").waitFor();
  const rate = await page.evaluate(() => {
    const { numFrames, start }: { numFrames: number; start: number } = Reflect.get(
      globalThis,
      "seen",
    );
    return (numFrames * 1000) / (performance.now() - start);
  });
  console.log(`frames a second while it ran: ${rate.toFixed(0)}`);
  expect(page.workers().map((worker) => worker.url())).toEqual([
    expect.stringContaining("simulator-worker"),
  ]);
  expect(await figure.getByRole("row", { name: /^Time to first token/ }).count()).toBe(2);
  expect(faults).toEqual([]);
});

test("Stop ends a long run at once, and the next run gets its answer", async () => {
  const { figure } = await openSimulator("?count=1000000&against=none");
  await figure.getByRole("button", { name: "Simulate", exact: true }).click();
  await figure.getByRole("progressbar").waitFor();
  await figure.getByRole("button", { name: "Stop" }).click();
  await figure.getByRole("button", { name: "Simulate", exact: true }).waitFor();
  await figure.getByLabel("How many").fill("50");
  await figure.getByRole("button", { name: "Simulate", exact: true }).click();
  await figure.getByText("Latencies under vLLM V1").waitFor();
});

test("a wrong entry says what is allowed where it stands", async () => {
  const { page, figure, faults } = await openSimulator("?count=400");
  const count = figure.getByLabel("How many");
  await count.fill("many");
  await figure.locator(".simulator-problem").waitFor();
  expect(await count.getAttribute("aria-invalid")).toBe("true");
  const said = await count.getAttribute("aria-describedby");
  expect(await figure.locator(`[id="${said}"]`).textContent()).toBe(
    '"How many" must be a whole number from 1 to 1000000; got "many".',
  );
  expect(await findViolations(page, "[data-widget=simulator]")).toEqual([]);
  await count.fill("40");
  await figure.locator(".simulator-problem").waitFor({ state: "detached" });
  expect(await count.getAttribute("aria-invalid")).toBeNull();
  expect(faults).toEqual([]);
});

test("a pasted scenario is read, answered by field, and held by the link", async () => {
  const { page, figure } = await openSimulator("?against=none");
  await figure.getByText("A scenario or a trace of your own").click();
  const box = figure.getByLabel(/Scenario as JSON/);
  const scenario = {
    schema: "memory-bound/scenario",
    version: 1,
    model: "llama-3.1-8b",
    gpu: "h100-sxm",
    requests: { kind: "rows", rows: [[0, 8, 2]] },
  };
  await box.fill(JSON.stringify({ ...scenario, policy: "none" }));
  await expect.poll(() => figure.getByText(/"policy" must be/).count()).toBeGreaterThan(0);
  await box.fill("TIMESTAMP,ContextTokens,GeneratedTokens\n0,100,5\n20,200,6\n");
  await figure.getByText(/Read as a trace of 2 requests/).waitFor();
  await box.fill(JSON.stringify(scenario));
  await figure.getByText(/the link holds it/).waitFor();
  await expect.poll(() => page.url()).toContain("scenario=");
  await page.reload();
  await figure.evaluate((element) => element.scrollIntoView());
  await figure
    .getByText(/^1 request of the scenario/)
    .first()
    .waitFor();
});
