// 100,000 requests of the Azure trace's shape in the page's own Worker, under one policy and under two, and the frames
// that the page shows meanwhile.
import type { PageBench } from "./bench-pages.ts";
import { readFrames, watchFrames } from "./frames.ts";

const NUM_REQUESTS = 100_000;
const PATIENCE_MS = 120_000;

const WAYS = [
  { policies: "vllm-v1", switches: "against=none" },
  { policies: "vllm-v1 and then orca-max", switches: "against=orca-max" },
] as const;

export async function measureSimulation(bench: PageBench): Promise<void> {
  for (const way of WAYS) await measureWay(bench, way);
}

async function measureWay(
  { browser, url, print }: PageBench,
  { policies, switches }: (typeof WAYS)[number],
): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  await page.goto(
    `${url}simulator/?count=${NUM_REQUESTS}&pace=1&times=1&scale=1&policy=vllm-v1&${switches}`,
  );
  const figure = page.locator("[data-widget=simulator]").first();
  await figure.scrollIntoViewIfNeeded();
  await figure.hover();
  const start = figure.getByRole("button", { name: "Simulate", exact: true });
  await start.waitFor();
  await page.waitForTimeout(1500);
  await watchFrames(page);
  const before = performance.now();
  await start.click();
  await figure.getByRole("button", { name: "Simulate again" }).waitFor({ timeout: PATIENCE_MS });
  const tookMs = performance.now() - before;
  const { perSecond, longestGapMs } = await readFrames(page);
  await page.close();
  print(
    `${NUM_REQUESTS.toLocaleString("en-US")} requests in the page's Worker under ${policies}: ${(tookMs / 1000).toFixed(1)} s at ${perSecond.toFixed(1)} frames a second, longest gap ${longestGapMs.toFixed(1)} ms.`,
  );
}
