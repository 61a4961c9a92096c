// From a press of Run to the first token that is drawn, once the model is cached: the race on the home page, pressed
// again and again.
import { estimateMedian } from "../../src/core/statistics/estimate.ts";
import type { PageBench } from "./bench-pages.ts";

const NUM_PRESSES = 12;
/** The race writes for so long before it is stopped; the first time it also loads the model and compiles. */
const WRITE_MS = 800;
const FIRST_WRITE_MS = 6000;
const REST_MS = 1500;

/** Presses the race's Run in the page; resolves with the milliseconds until its text grows. */
function pressAndWait(): Promise<number> {
  return new Promise((done, fail) => {
    const figure = document.querySelector("[data-widget=race]");
    const button = [...(figure?.querySelectorAll("button") ?? [])].find((one) =>
      one.textContent.startsWith("Run"),
    );
    if (!figure || !button) {
      fail(new Error("The race shows no Run button."));
      return;
    }
    const numWritten = () => {
      const text = figure.querySelector(".race-lane-on .race-text");
      const prompt = text?.querySelector(".race-prompt");
      return (text?.textContent.length ?? 0) - (prompt?.textContent.length ?? 0);
    };
    const start = performance.now();
    let isCleared = false;
    const look = () => {
      const count = numWritten();
      isCleared ||= count === 0;
      if (isCleared && count > 0) done(performance.now() - start);
      else requestAnimationFrame(look);
    };
    button.click();
    requestAnimationFrame(look);
  });
}

export async function measureFirstToken({ browser, url, print }: PageBench): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
  await page.goto(url);
  const figure = page.locator("[data-widget=race]").first();
  await figure.scrollIntoViewIfNeeded();
  await figure.locator("[data-run]").click();
  await page.waitForTimeout(FIRST_WRITE_MS);
  const samples: number[] = [];
  for (let press = 0; press < NUM_PRESSES; press++) {
    const stop = figure.getByRole("button", { name: "Stop" });
    if ((await stop.count()) > 0) await stop.click();
    await page.waitForTimeout(REST_MS);
    samples.push(await page.evaluate(pressAndWait));
    await page.waitForTimeout(WRITE_MS);
  }
  await page.close();
  const { median, low, high } = estimateMedian(samples, 1);
  print(
    `First token after Run, model cached: ${median.toFixed(0)} ms (95 %: ${low.toFixed(0)} to ${high.toFixed(0)}), ${NUM_PRESSES} presses, longest ${Math.max(...samples).toFixed(0)} ms.`,
  );
}
