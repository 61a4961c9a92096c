// The kernel ladders in a real browser on a software adapter: steps by keyboard, the address follows, a run ends in
// times, and without WebGPU a recorded run stands in.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, openPage, overflow, startSite } from "./browser.ts";
import { readMemory, startGpuBrowser, watchWorkers } from "./gpu-browser.ts";

const PATIENCE = { timeout: 60_000 };

let browser: Browser;
let site: RunningServer;
beforeAll(async () => {
  [browser, site] = await Promise.all([startGpuBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** The figure, live. */
async function openFigure(page: Page, query = "") {
  await page.goto(`${site.url}gpu/${query}`);
  const figure = page.locator("#kernel-steps");
  await figure.scrollIntoViewIfNeeded();
  await figure.getByRole("button", { name: "Run all steps" }).waitFor(PATIENCE);
  return figure;
}

test("steps follow the keyboard, and the address follows the steps", PATIENCE, async () => {
  const { page, faults } = await openPage(browser, "about:blank");
  const figure = await openFigure(page);
  const source = figure.locator(".kernel-steps-source");
  const selected = figure.getByRole("tab", { selected: true });
  await expect.poll(() => source.innerText()).toContain("shaders/linear/naive.wgsl");
  await selected.focus();
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => source.innerText()).toContain("shaders/linear/vec4.wgsl");
  await page.waitForURL(/kernel-steps\.product=vec4/);
  // The keyboard stays on the step that is shown.
  await page.keyboard.press("End");
  await expect.poll(() => selected.innerText()).toContain("half precision");
  expect(await selected.evaluate((tab) => tab === document.activeElement)).toBe(true);

  await figure.getByRole("button", { name: "Back" }).press("Enter");
  await expect.poll(() => figure.innerText()).toContain("Step 7 of 8");
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(/kernel-steps\.product=octet-shared/);
  await figure.getByLabel("Kernels").selectOption("decode");
  await figure.getByRole("button", { name: "Next" }).press("Enter");
  await page.waitForURL(/kernel-steps\.decode=unfused/);

  const again = await openFigure(page, new URL(page.url()).search);
  await expect
    .poll(() => again.getByRole("tab", { selected: true }).innerText())
    .toContain("2. Scores");
  await expect
    .poll(() => again.locator(".kernel-steps-file").allInnerTexts())
    .toEqual([
      "shaders/attention-scores/contiguous.wgsl",
      "shaders/softmax/row.wgsl",
      "shaders/attention-values/contiguous.wgsl",
    ]);
  expect(await findViolations(page, "#kernel-steps")).toEqual([]);
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(faults).toEqual([]);
  await page.context().close();
});

/** As loading a model on this device keeps it. */
function keepTuning(page: Page) {
  return page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open("memory-bound-tuning");
        opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore("tables"));
        opening.addEventListener("error", () => reject(opening.error));
        opening.addEventListener("success", () => {
          const writing = opening.result.transaction("tables", "readwrite");
          const [family, kernel] = ["linearResidual", "linear-residual/thread"];
          const variants = [{ kernel, duration: 25e-6 }];
          const table = [{ family, numRows: 8, chosen: kernel, variants }];
          writing.objectStore("tables").put({ at: Date.now(), device: "planted", table }, "key");
          writing.addEventListener("complete", () => resolve(opening.result.close()));
        });
      }),
  );
}

test("the kernels that are on no ladder open their source and their work", PATIENCE, async () => {
  const { page, faults } = await openPage(browser, "about:blank");
  await page.setViewportSize({ width: 360, height: 780 });
  const figure = await openFigure(page);
  await keepTuning(page);
  await figure.getByText(/^The other kernels/).click();
  const kernel = figure.locator(".kernel-steps-other", { hasText: "linear-residual/thread.wgsl" });
  await kernel.locator("summary").press("Enter");
  await kernel.getByText("fn main").waitFor(PATIENCE);
  // 4 rows of 2,048 outputs of 2 · 2,048 + 1 FLOPs.
  expect(await kernel.innerText()).toContain("33.6\u00a0MFLOP");
  expect(await kernel.innerText()).toContain("Adds where it multiplies");
  // What the autotune found when a model was loaded last.
  expect(await kernel.innerText()).toContain(
    "The autotune on planted timed this kernel, at the sizes of the model loaded last: 25.0\u00a0µs for 8 rows.",
  );
  expect(await figure.getByText("so no repeat computes the same").count()).toBeGreaterThan(0);
  expect(await findViolations(page, "#kernel-steps")).toEqual([]);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(faults).toEqual([]);
  await page.context().close();
});

test(
  "a small batch has the rows that the reader chooses, and so has the address",
  PATIENCE,
  async () => {
    const { page, faults } = await openPage(browser, "about:blank");
    const figure = await openFigure(page, "?kernel-steps.family=rows");
    expect(await figure.locator(".kernel-steps-shape").innerText()).toMatch(/^\[16 ×/);
    await figure.getByRole("radio", { name: "4", exact: true }).first().press("Space");
    await page.waitForURL(/kernel-steps\.batch=4/);
    expect(await figure.locator(".kernel-steps-shape").innerText()).toMatch(/^\[4 ×/);
    expect(faults).toEqual([]);
    await page.context().close();
  },
);

test(
  "a run ends in a time for each step and a word on each, and frees the device",
  PATIENCE,
  async () => {
    const { page, faults } = await openPage(browser, "about:blank");
    await watchWorkers(page);
    const query = "?kernel-steps.family=relu&kernel-steps.size=small&kernel-steps.relu=fused";
    const figure = await openFigure(page, query);
    await figure.getByRole("button", { name: "Run all steps" }).press("Enter");
    await figure.getByRole("button", { name: "Run again" }).waitFor(PATIENCE);
    const times = await figure.locator(".kernel-steps-time").allInnerTexts();
    expect(times).toHaveLength(2);
    for (const time of times) expect(time).toMatch(/\d\s[mµ]s/);
    const said = await figure.locator(".kernel-steps-verdict").innerText();
    expect(said).toMatch(/the pair takes|No measurable difference|Too close to call/);
    expect(said).toContain("A software adapter has no roof");
    expect(await figure.locator(".provenance").innerText()).toContain("Measured on");
    expect((await readMemory(page)).numLiveBuffers).toBe(0);
    expect(await findViolations(page, "#kernel-steps")).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  },
);

test(
  "without WebGPU the sources, the arithmetic and a recorded run remain, with the sentence",
  PATIENCE,
  async () => {
    const { page, faults } = await openPage(browser, "about:blank");
    await page.addInitScript(() => {
      // The engine's Worker asks its own navigator: without Workers the engine runs in the page.
      Reflect.deleteProperty(globalThis, "Worker");
      Reflect.deleteProperty(Navigator.prototype, "gpu");
    });
    const figure = await openFigure(page);
    // A recorded run stands in, labelled, before anything is pressed.
    await expect
      .poll(() => figure.locator(".provenance").innerText())
      .toMatch(/^Recorded on .+, 20\d\d-\d\d-\d\d$/);
    expect(await figure.locator(".kernel-steps-time").first().innerText()).toMatch(/\d\s[mµ]?s/);
    expect(await figure.getByText("Time as recorded").count()).toBe(1);
    await figure.getByRole("button", { name: "Run all steps" }).click();
    await figure.getByRole("alert").filter({ hasText: "This browser offers no WebGPU" }).waitFor();
    expect(await figure.locator(".kernel-steps-source").innerText()).toContain("fn main");
    expect(await figure.getByText("The run shown is one for [").count()).toBe(1);
    expect(await findViolations(page, "#kernel-steps")).toEqual([]);
    expect(faults).toEqual([]);
    await page.context().close();
  },
);
