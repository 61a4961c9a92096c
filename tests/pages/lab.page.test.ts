// The lab in a real browser on a software adapter: switches change the work and never the words.
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseRecordJson } from "../../src/experiments/record-schema.ts";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, openPage, startSite } from "./browser.ts";
import { readMemory, startGpuBrowser, watchWorkers } from "./gpu-browser.ts";
import { expectNoWorkers, mountFor, startMountSite, type MountSite } from "./mount-page.ts";

const PATIENCE = { timeout: 240_000 };

let browser: Browser;
let site: RunningServer;
let mountSite: MountSite;
beforeAll(async () => {
  [browser, site, mountSite] = await Promise.all([
    startGpuBrowser(),
    startSite(),
    startMountSite(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await mountSite?.close();
});

const button = (page: Page, name: string) => page.locator("#lab").getByRole("button", { name });

/** Presses by keyboard and waits until screen readers are told of the result. */
async function runTask(page: Page, name: string, settled: RegExp): Promise<void> {
  const status = page.locator("#lab > [aria-live=polite]");
  await status.evaluate((element) => {
    element.textContent = "";
  });
  await button(page, name).press("Enter");
  await expect.poll(() => status.textContent(), { timeout: 200_000 }).toMatch(settled);
}

/** A row of the table of a step: its value at the last position. */
function planValue(page: Page, row: string): Promise<string> {
  return page
    .getByRole("row", { name: new RegExp(`^${row}`) })
    .locator("td")
    .last()
    .innerText();
}

const text = (page: Page) => page.locator("#lab .lab-text").innerText();

test("the address restores the switches of both sides", async () => {
  const query = "a-cache=off&a-layout=paged&b-cache=on&b-batch=8&length=24&sampling=sample&draw=7";
  const { page, faults } = await openPage(browser, `${site.url}lab/?${query}`);
  await page.locator("#lab .lab-actions").waitFor();
  const [a, b] = ["A", "B"].map((name) => page.getByRole("group", { name, exact: true }));
  expect(await a!.getByLabel("KV cache").isChecked()).toBe(false);
  expect(await a!.getByLabel("paged").isChecked()).toBe(true);
  expect(await b!.getByLabel("KV cache").isChecked()).toBe(true);
  expect(await b!.getByLabel("Batch").inputValue()).toBe("8");
  expect(await page.getByLabel("Seed of the draw").inputValue()).toBe("7");
  await button(page, "Copy A to B").press("Enter");
  expect(await b!.getByLabel("paged").isChecked()).toBe(true);
  await expect.poll(() => new URL(page.url()).searchParams.get("b-layout")).toBe("paged");
  expect(faults).toEqual([]);
  await page.context().close();
});

test("switches change dispatches and bytes while the tokens stay equal", PATIENCE, async () => {
  const { page, faults } = await openPage(browser, "about:blank");
  await watchWorkers(page);
  await page.goto(`${site.url}lab/`);
  expect(await findViolations(page, "#lab")).toEqual([]);
  await page.goto(`${site.url}lab/?length=24&a-batch=2&position=15`);
  await page.locator("#lab .lab-actions").waitFor();
  await runTask(page, "Run A", /A wrote its story/);
  const story = await text(page);
  expect(story).toMatch(/^Once upon a time, .+ She loved to/);
  const fused = Number(await planValue(page, "Dispatches"));
  const bytes = await planValue(page, "Bytes read");
  const before = await readMemory(page);
  expect(before.numRuns).toBe(0);

  await page
    .getByRole("group", { name: "A", exact: true })
    .getByLabel("Fused kernels")
    .press("Space");
  await runTask(page, "Run A", /the same 48 tokens as the run before/);
  expect(Number(await planValue(page, "Dispatches"))).toBeGreaterThan(fused);
  expect(await planValue(page, "Bytes read")).not.toBe(bytes);
  expect(await text(page)).toBe(story);
  expect(await readMemory(page)).toEqual(before);

  await page.getByRole("group", { name: "A", exact: true }).getByLabel("paged").press("Space");
  await runTask(page, "Run A", /the same 48 tokens as the run before/);
  expect(await text(page)).toBe(story);
  expect(await findViolations(page, "#lab")).toEqual([]);

  await runTask(page, "Profile a step of A", /\d+ dispatches profiled/);
  const timeline = page.locator("#lab [aria-roledescription=timeline]");
  await timeline.focus();
  await page.keyboard.press("ArrowRight");
  expect(await page.locator("#lab .lab-readout").innerText()).toMatch(
    /^.+ · [\w-]+\/[\w-]+ · .*s · .*B · .*FLOP · .*FLOP\/B$/,
  );
  expect(await findViolations(page, "#lab")).toEqual([]);
  expect(faults).toEqual([]);
  await page.context().close();
});

test("A against B ends in a verdict, with both medians and their intervals", PATIENCE, async () => {
  const { page, faults } = await openPage(
    browser,
    `${site.url}lab/?position=15&length=24&theme=dark`,
  );
  await page.locator("#lab .lab-actions").waitFor();
  await runTask(page, "Compare A with B", /on this device/i);
  const verdict = await page.locator("#lab .verdict").innerText();
  expect(verdict).toMatch(/95 % interval/);
  expect(verdict).toMatch(/pairs of 6 asked for, in random order/);
  expect(verdict).toMatch(/these times stand for no GPU/);
  const times = await page
    .getByRole("row", { name: /^Time of a step/ })
    .locator("td")
    .allInnerTexts();
  expect(times).toHaveLength(2);
  for (const time of times) expect(time).toMatch(/^[\d.]+\s\S*s \([\d.]+\s\S*s to [\d.]+\s\S*s\)$/);
  expect(await planValue(page, "Rows computed")).toBe("15");
  await button(page, "Keep in my notebook").press("Enter");
  await button(page, "Kept in my notebook").waitFor();
  expect(await findViolations(page, "#lab")).toEqual([]);
  const download = page.waitForEvent("download");
  await button(page, "Export as JSON").press("Enter");
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^memory-bound-lab-.+\.json$/);
  const exported = parseRecordJson(await readFile(await file.path(), "utf8"));
  expect(exported.ok ? [] : exported.problems).toEqual([]);
  await page.goto(`${site.url}notebook/`);
  await page.getByText("cache off").first().waitFor();
  expect(faults).toEqual([]);
  await page.context().close();
});

test("a bad folder is refused with a sentence", PATIENCE, async () => {
  const { page } = await openPage(browser, `${site.url}lab/?model=folder`);
  const input = page.locator("#lab input[type=file]");
  await input.setInputFiles([
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("x") },
  ]);
  await page.getByText("A model is a folder with config.json").waitFor();
  await input.setInputFiles([
    { name: "config.json", mimeType: "application/json", buffer: Buffer.from("{}") },
    { name: "model.safetensors", mimeType: "", buffer: Buffer.from("not a model") },
  ]);
  await button(page, "Run A").press("Enter");
  const refusal = page.locator("#lab .figure-error p");
  await refusal.waitFor(PATIENCE);
  expect(await refusal.innerText()).toMatch(/\w+ .+\./);
  await page.context().close();
});

test("ten mounts and unmounts and a run cut short leave no Worker behind", PATIENCE, async () => {
  const { page, faults } = await openPage(browser, mountSite.url);
  for (let i = 0; i < 10; i++) {
    await mountFor(page, { id: "lab", shouldRun: i % 2 === 1, ms: 40 * i });
  }
  await mountFor(page, { id: "lab", shouldRun: true, ms: 5000 });
  await expectNoWorkers(page);
  expect(faults).toEqual([]);
  await page.context().close();
});
