// The reader's own ladder in a real browser on a software adapter: it ends in records that can be shared, read back
// and kept, and it claims no roof.
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseGpuFile } from "../../src/experiments/kernel-record-schema.ts";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { plantClassmate, plantMachine, toFile } from "../../src/widgets/own-gpu/planted-gpus.ts";
import { findViolations, openPage, overflow, PHONE, startSite } from "./browser.ts";
import { readMemory, startGpuBrowser, watchWorkers } from "./gpu-browser.ts";

const PATIENCE = { timeout: 240_000 };

let browser: Browser;
let site: RunningServer;
beforeAll(async () => {
  [browser, site] = await Promise.all([startGpuBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

test(
  "a run by keyboard names the software, draws no roof, and is shared, read back and kept",
  PATIENCE,
  async () => {
    const { page, faults } = await openPage(browser, "about:blank");
    await watchWorkers(page);
    await page.goto(`${site.url}gpu/`);
    const figure = page.locator("#own-gpu");
    const press = (name: string) => figure.getByRole("button", { name }).first().press("Enter");
    expect(await findViolations(page, "#own-gpu")).toEqual([]);
    expect(await figure.locator("svg[role=img]").first().getAttribute("aria-label")).toContain(
      "Published for the NVIDIA A100 80GB SXM",
    );

    await press("Measure this device");
    await figure.getByRole("button", { name: "Stop" }).waitFor();
    await figure.getByRole("button", { name: "Run again" }).waitFor(PATIENCE);
    const text = await figure.innerText();
    expect(text).toMatch(/these times stand for no GPU/);
    expect(text).toMatch(/of batch 1\b.* it cannot be told/);
    expect(await figure.locator(".live-roof").count()).toBe(0);
    expect((await readMemory(page)).numLiveBuffers).toBe(0);
    expect(await findViolations(page, "#own-gpu")).toEqual([]);

    await figure.getByLabel("Name of this device in the file").fill("Desk 12");
    const download = page.waitForEvent("download");
    await press("Share my GPU (JSON)");
    const file = await download;
    expect(file.suggestedFilename()).toBe("memory-bound-gpu-desk-12.json");
    const json = await readFile(await file.path(), "utf8");
    expect(parseGpuFile(json)).toMatchObject({ ok: true, file: { label: "Desk 12" } });

    const input = figure.locator("input[type=file]");
    const give = (name: string, content: string) =>
      input.setInputFiles([{ name, mimeType: "application/json", buffer: Buffer.from(content) }]);
    await give("mine.json", json);
    await figure.getByText(/mine\.json: It is the run of .* this device, which is drawn/).waitFor();
    await give("desk-12.json", json.replace(/"startedAt":"\d{4}/, '"startedAt":"2020'));
    await figure.getByRole("heading", { name: "Desk 12" }).waitFor();
    await give("notes.json", `{"schema": "memory-bound/notebook@1"}`);
    await figure.getByText("notes.json: This file shares no GPU").waitFor();
    await press("Take Desk 12 away");
    await figure.getByRole("heading", { name: "Desk 12" }).waitFor({ state: "detached" });
    // The keyboard, whose button is gone, stands on the way back.
    await page.keyboard.press("Enter");
    await figure.getByRole("heading", { name: "Desk 12" }).waitFor();

    await press("Keep in my notebook");
    await figure.getByText("Kept in your notebook.").waitFor();
    await page.goto(`${site.url}notebook/`);
    await page.getByText("A byte takes longer to read from a large working set").waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  },
);

test("thirty shared files are a class: a row, a point and a line each, chosen by keyboard", async () => {
  const planted = await plantMachine();
  const software = { ...(await plantMachine({ isSoftware: true })), label: "Old desk" };
  const machines = [
    ...Array.from({ length: 30 }, (_, index) => plantClassmate(planted, index + 1)),
    software,
  ];
  const files = machines.map((machine, index) => ({
    name: `${index}.json`,
    mimeType: "application/json",
    buffer: Buffer.from(toFile(machine)),
  }));
  const { page, faults } = await openPage(browser, `${site.url}gpu/`, {
    ...PHONE,
    colorScheme: "dark",
    reducedMotion: "reduce",
  });
  const figure = page.locator("#own-gpu");
  await figure.hover();
  const essay = { ...files[0]!, name: "essay.json", buffer: Buffer.from("Dear teacher") };
  await figure.locator("input[type=file]").setInputFiles([essay, ...files]);
  const rows = figure.locator(".own-gpu-table tbody tr");
  await rows.first().waitFor();
  expect(await rows.count()).toBe(30);
  await figure.getByText("essay.json: The file is not JSON.").waitFor();
  // Desk n reads 5 + 10·n GB/s: 15 to 305, and 160 between desks 15 and 16.
  const range = /30 machines: memory read 15\.0\sGB\/s to 305\sGB\/s, median 160\sGB\/s/;
  expect(await figure.locator(".own-gpu-range").innerText()).toMatch(range);
  const picture = figure.locator("svg[role=img]").first();
  expect(await picture.getAttribute("aria-label")).toMatch(range);
  await expect.poll(() => picture.locator(".own-gpu-class-point").count()).toBe(30);
  await expect.poll(() => figure.locator(".own-gpu-ladder").count()).toBe(30);
  await figure.getByText(/Old desk is software and has no bandwidth roof/).waitFor();

  await rows.getByRole("radio").first().focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  expect(await figure.locator(".own-gpu-row-lit").innerText()).toContain("Desk 29");
  expect(await figure.locator(".own-gpu-name").allTextContents()).toEqual(["Desk 29", "Desk 29"]);
  await figure.getByRole("heading", { name: "Desk 29" }).waitFor();
  expect(await findViolations(page, "#own-gpu")).toEqual([]);
  expect(await overflow(page)).toBeLessThanOrEqual(0);

  const press = (name: string) => figure.getByRole("button", { name }).first().press("Enter");
  await press("Take Desk 29 away");
  await figure.getByText("Desk 29 was taken away.").waitFor();
  expect(await rows.count()).toBe(29);
  await press("Undo");
  expect(await rows.count()).toBe(30);
  await figure.getByText("Data", { exact: true }).click();
  // Thirty, the software, lowest, median and highest.
  await expect.poll(() => figure.locator(".figure-data tbody tr").count()).toBe(34);
  await press("Take all 31 away");
  await rows.first().waitFor({ state: "detached" });
  await press("Undo");
  await rows.first().waitFor();
  expect(await rows.count()).toBe(30);
  expect(faults).toEqual([]);
  await page.context().close();
});

test("without WebGPU the figure says so and keeps the published roof", async () => {
  const { page, faults } = await openPage(browser, "about:blank");
  await page.addInitScript(() => {
    // The engine's Worker asks its own navigator: without Workers the engine runs in the page.
    Reflect.deleteProperty(globalThis, "Worker");
    Reflect.deleteProperty(Navigator.prototype, "gpu");
  });
  await page.goto(`${site.url}gpu/`);
  const figure = page.locator("#own-gpu");
  await figure.getByRole("button", { name: "Measure this device" }).click();
  await figure.getByRole("alert").filter({ hasText: "This browser offers no WebGPU" }).waitFor();
  expect(await figure.locator(".live-published").count()).toBeGreaterThan(0);
  expect(faults).toEqual([]);
  await page.context().close();
});
