// The race in a real browser on a software adapter: it ends, both texts are equal, nothing is left behind.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
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

const button = (page: Page, name: string) => page.locator("#race").getByRole("button", { name });
const texts = (page: Page) => page.locator("#race .race-text").allInnerTexts();

test("the poster shows the words and the rows, no times, and passes axe", async () => {
  const { page, faults } = await openPage(browser, site.url);
  const figures = await page.locator("#race .race-figures dd").allInnerTexts();
  const [tokens, ...times] = ["160 of 160", "—", "—", "—", "—"];
  expect(figures).toEqual([tokens, ...times, "1", tokens, ...times, "173"]);
  const [on, off] = await texts(page);
  expect(on).toMatch(/^Once upon a time, there was a little girl named Lily\. She loved to play/);
  expect(off).toBe(on);
  await page.locator("#race .race-rows").getByText("without it: 86.5× as many").waitFor();
  expect(await findViolations(page, "#race")).toEqual([]);
  expect(faults).toEqual([]);
  await page.context().close();
});

test("the address restores opening, length and weight", async () => {
  const { page } = await openPage(browser, `${site.url}?opening=bear&length=64&weight=4`);
  await page.locator("#race .race-actions").waitFor();
  expect((await texts(page))[0]).toMatch(/^In a quiet forest there lived a bear who liked to play/);
  expect(await page.getByLabel("Length").inputValue()).toBe("64");
  expect(await page.getByLabel("Weight of the model").inputValue()).toBe("4");
  await page.context().close();
});

test(
  "by keyboard alone, the race runs to an outcome and both texts are equal",
  PATIENCE,
  async () => {
    const { page, faults } = await openPage(browser, "about:blank");
    await watchWorkers(page);
    await page.goto(site.url);
    // The poster's button brings the view, and the keyboard stays in its place.
    await button(page, "Run the race").focus();
    await page.locator("#race .race-actions button:focus").waitFor();
    await page.getByLabel("Length").press("Home");
    await button(page, "Run the race").press("Enter");
    await page.locator("#race .verdict").waitFor(PATIENCE);
    const outcome = await page.locator("#race .verdict").innerText();
    expect(outcome).toMatch(
      /^With the cache, 32 tokens took .+ Without it, \d+ tokens? were there/,
    );
    expect(outcome).toMatch(/software adapter: a CPU plays the GPU/);
    expect(outcome).toMatch(/One run, not a verdict/);
    expect(await page.locator("#race .verdict a").getAttribute("href")).toMatch(
      /learn\/kv-cache\/$/,
    );
    expect(await findViolations(page, "#race")).toEqual([]);
    await button(page, "Let it finish").focus();
    await page.keyboard.press("Enter");
    await page
      .locator("#race .verdict")
      .getByText("both runs wrote the same 32 tokens")
      .waitFor(PATIENCE);
    const [on, off] = await texts(page);
    expect(off).toBe(on);
    expect(on).toMatch(/^Once upon a time, there was a little girl named Lily\. She loved to/);
    // Both runs are freed: what remains is the model.
    const { numRuns, liveBytes } = await readMemory(page);
    expect(numRuns).toBe(0);
    await button(page, "Run again").press("Enter");
    await button(page, "Stop").press("Enter");
    await page.getByText("Stopped.").waitFor(PATIENCE);
    await expect.poll(async () => (await readMemory(page)).liveBytes).toBe(liveBytes);
    expect(page.workers()).toHaveLength(1);
    expect(faults).toEqual([]);
    await page.context().close();
  },
);

test(
  "ten mounts and unmounts and a run cut short leave no Worker and no timer behind",
  PATIENCE,
  async () => {
    const { page, faults } = await openPage(browser, mountSite.url);
    for (let i = 0; i < 10; i++) {
      await mountFor(page, { id: "race", shouldRun: i % 2 === 1, ms: 40 * i });
    }
    await mountFor(page, { id: "race", shouldRun: true, ms: 5000 });
    await expectNoWorkers(page);
    expect(faults).toEqual([]);
    await page.context().close();
  },
);
