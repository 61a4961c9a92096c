// The calculator in a real browser: what the form says is what is answered, and the address holds all of it.
import { once } from "node:events";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import { findViolations, openPage, startBrowser, startSite } from "./browser.ts";

const PATIENCE = { timeout: 60_000 };

let browser: Browser;
let site: RunningServer;
beforeAll(async () => {
  [browser, site] = await Promise.all([startBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** With a query the figure is live at once; the log's text area works only then. */
async function openCalculator(query: string) {
  const opened = await openPage(browser, `${site.url}calculator/?${query}`);
  await opened.page.locator("[data-widget=calculator]:not([aria-busy])").waitFor();
  await opened.page.locator(".chart [role=application], .figure-error").first().waitFor();
  return opened;
}

const verdict = (page: Page) => page.locator("#calculator .verdict-sentence").innerText();
/** What is out of sight is not laid out, so it has no inner text. */
const command = (page: Page) => page.locator("#calculator pre").textContent();
const query = (page: Page) => new URL(page.url()).searchParams;

test("the page answers before any script: what does not fit, and what would", async () => {
  const { page } = await openPage(browser, `${site.url}calculator/`, { javaScriptEnabled: false });
  expect(await verdict(page)).toBe(
    "It does not fit: Llama 3.1 405B with bf16 weights on 8 × NVIDIA A100 80GB SXM.",
  );
  expect(await page.getByLabel("What would make it fit").innerText()).toContain("fp8");
  expect(await command(page)).toMatch(
    /^vllm serve meta-llama\/Llama-3.1-405B .*--quantization fp8/,
  );
  await page.context().close();
});

test("the form changes the answer, by keyboard, and the address follows", PATIENCE, async () => {
  const { page, faults } = await openCalculator("batch=17");
  await page.getByRole("button", { name: "Apply" }).first().press("Enter");
  await expect
    .poll(() => verdict(page))
    .toMatch(/^It fits: .*fp8 weights.* 17 requests at once\.$/);
  await expect.poll(() => query(page).get("weights")).toBe("fp8");
  await page.getByRole("slider", { name: "Requests at once" }).press("ArrowRight");
  await expect.poll(() => verdict(page)).toContain("18 requests");
  await expect.poll(() => query(page).get("batch")).toBe("18");
  const prompt = page.getByLabel("Prompt tokens");
  await prompt.fill("0");
  await page.locator(".figure-error").waitFor();
  // The entry says it, and so does the place of the answer.
  const wrong = "Prompt tokens takes a whole number from 1 to 10,000,000.";
  expect(await prompt.getAttribute("aria-invalid")).toBe("true");
  const said = await prompt.getAttribute("aria-describedby");
  expect(await page.locator(`[id="${said}"]`).textContent()).toBe(wrong);
  expect(await page.locator(".figure-error").innerText()).toBe(wrong);
  expect(await findViolations(page, "#calculator")).toEqual([]);
  await prompt.fill("1024");
  await page.locator(".figure-error").waitFor({ state: "detached" });
  expect(await prompt.getAttribute("aria-invalid")).toBeNull();
  await page.getByLabel("Price of a GPU-hour").fill("2");
  const cost = page.getByRole("row", { name: /^Cost of a million/ }).first();
  expect(await cost.locator("button").first().innerText()).toMatch(/^\d+(\.\d+)?$/);
  await cost.locator("button").first().press("Enter");
  await page.getByText("price · GPUs / 3600 s").first().waitFor();
  await page.keyboard.press("Escape");
  expect(await findViolations(page, "#calculator")).toEqual([]);
  expect(faults).toEqual([]);
  await page.context().close();
});

test(
  "the address restores every setting, and an unknown model gets a sentence",
  PATIENCE,
  async () => {
    const first = await openCalculator(
      "model=llama-3.1-8b&hardware=l4&gpus=2&weights=fp8&kv=fp8&batch=9&prompt=500&max-model-len=4096&gpu-memory-utilization=0.8",
    );
    expect(await verdict(first.page)).toBe(
      "It fits: Llama 3.1 8B with fp8 weights on 2 × NVIDIA L4, 9 requests at once.",
    );
    expect(await command(first.page)).toMatch(
      /--tensor-parallel-size 2 --max-model-len 4096 --gpu-memory-utilization 0.8 .*--kv-cache-dtype fp8/,
    );
    const own = JSON.stringify({
      name: "Mine",
      contextLength: 4096,
      numLayers: 4,
      width: 256,
      hiddenWidth: 512,
      numHeads: 4,
      numKvHeads: 2,
      headWidth: 64,
      vocabulary: 1000,
    });
    await first.page.goto(
      `${site.url}calculator/?gpus=1&model=custom&model-json=${encodeURIComponent(own)}`,
    );
    await expect.poll(() => verdict(first.page), PATIENCE).toContain("Mine with bf16 weights");
    await first.page.goto(`${site.url}calculator/?model=gpt-9`);
    await first.page.locator("#calculator > .figure-notice").waitFor();
    expect(await first.page.locator("#calculator > .figure-notice").innerText()).toMatch(
      /The address asks for a value of “Model” that this figure does not have/,
    );
    expect(first.faults).toEqual([]);
    await first.page.context().close();
  },
);

const LOG = `INFO 11-20 config.py:350] non-default args: {'model': 'meta-llama/Llama-3.1-8B-Instruct', 'max_model_len': 20000, 'gpu_memory_utilization': 0.9}
INFO 11-20 worker.py:232] Available KV cache memory: 3.81 GiB
INFO 11-20 executor.py:61] Maximum concurrency for 20000 tokens per request: 1.56x`;

test("a log pasted before the script arrives is read when it does", PATIENCE, async () => {
  const { page, faults } = await openPage(browser, "about:blank");
  const arrival = new AbortController();
  await page.route("**/*.js", async (route) => {
    if (!arrival.signal.aborted) await once(arrival.signal, "abort");
    await route.continue();
  });
  await page.goto(`${site.url}calculator/`, { waitUntil: "commit" });
  await page.getByText("Fill the form from a vLLM start-up log").click();
  const log = page.getByLabel("Paste the log here");
  await log.fill(LOG);
  arrival.abort();
  const length = page.getByRole("textbox", { name: "max-model-len" });
  await expect.poll(() => length.inputValue(), PATIENCE).toBe("20000");
  expect(await log.inputValue()).toBe(LOG);
  await expect.poll(() => log.evaluate((box) => box === document.activeElement)).toBe(true);
  await page.getByRole("button", { name: "Undo" }).press("Enter");
  expect(await length.inputValue()).toBe("8192");
  expect(faults).toEqual([]);
  await page.context().close();
});

test("a pasted log fills the form and is explained, and Undo takes it back", PATIENCE, async () => {
  const { page, faults } = await openCalculator("gpus=1&hardware=rtx-4090&model=llama-2-7b");
  await page.getByText("Fill the form from a vLLM start-up log").press("Enter");
  const log = page.getByLabel("Paste the log here");
  await log.fill(LOG);
  await expect
    .poll(() => page.locator("#calculator dd").allInnerTexts())
    .toContainEqual(expect.stringContaining("1.56×"));
  expect(await page.getByRole("textbox", { name: "max-model-len" }).inputValue()).toBe("20000");
  expect(await page.getByRole("combobox", { name: "Model" }).inputValue()).toBe("llama-3.1-8b");
  expect(await page.locator(".calculator-lines li").count()).toBeGreaterThanOrEqual(3);
  expect(await findViolations(page, "#calculator")).toEqual([]);
  await page.getByRole("button", { name: "Undo" }).press("Enter");
  expect(await page.getByRole("combobox", { name: "Model" }).inputValue()).toBe("llama-2-7b");
  await log.fill("hello");
  await page.getByText("No line of a vLLM start-up log was recognised").waitFor();
  expect(faults).toEqual([]);
  await page.context().close();
});
