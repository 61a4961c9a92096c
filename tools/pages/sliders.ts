// A move of a slider: from the input event to the end of the commit that shows its effect, by Chromium's own trace.
// Each move is one commit: whatever the figure shows follows in the same frame.
import type { Browser, Page } from "playwright-core";
import { quantile } from "../../src/core/statistics/quantiles.ts";
import type { PageBench } from "./bench-pages.ts";

/** Address, figure, and the slider that is moved. */
const SLIDERS = [
  ["learn/arithmetic-intensity/", "square-matmul", "N"],
  ["learn/arithmetic-intensity/", "linear-layer", "Batch"],
  ["learn/arithmetic-intensity/", "roofline", "Sequences"],
  ["learn/kernel-fusion/", "fusion-ledger", "Batch"],
  ["learn/kv-cache/", "kv-bytes", "Context"],
  ["learn/beyond-one-gpu/", "tensor-parallel", "Batch"],
  ["learn/beyond-one-gpu/", "memory-bar", "Batch"],
  ["learn/model-shapes/", "staircase", "Tokens"],
  ["learn/model-shapes/", "shape-designer", "Parameters"],
  ["calculator/", "calculator", "Requests"],
] as const;

const NUM_MOVES = 40;
const SLOW_DOWNS = [1, 4];
const CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel"];

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** In microseconds, as the next two. */
  readonly ts: number;
  readonly dur: number;
  /** Of the thread's own time. */
  readonly tdur?: number;
  readonly args: { readonly data?: { readonly type?: string } };
}

interface Move {
  readonly wallMs: number;
  readonly threadMs: number;
}

/** The moves of a trace; those whose commit fell out of it are left out. */
export function findMoves(events: readonly TraceEvent[]): Move[] {
  const inputs = events.filter(
    ({ name, ph, args }) => name === "EventDispatch" && ph === "X" && args.data?.type === "input",
  );
  return inputs.flatMap((input) => {
    const own = events
      .filter(({ ph, pid, tid }) => ph === "X" && pid === input.pid && tid === input.tid)
      .toSorted((a, b) => a.ts - b.ts || b.dur - a.dur);
    const commit = own.find(({ name, ts }) => name === "Commit" && ts >= input.ts);
    if (commit === undefined) return [];
    const end = commit.ts + commit.dur;
    let threadUs = 0;
    let last = 0;
    for (const { ts, dur, tdur = dur } of own) {
      if (ts < input.ts || ts + dur > end || ts < last) continue;
      threadUs += tdur;
      last = ts + dur;
    }
    return [{ wallMs: (end - input.ts) / 1000, threadMs: threadUs / 1000 }];
  });
}

async function openSlider(page: Page, id: string, label: string): Promise<void> {
  const figure = page.locator(`#${id}, [data-widget="${id}"]`).first();
  await figure.scrollIntoViewIfNeeded();
  await figure.getByRole("slider", { name: label }).first().focus();
}

/** Ten to the right, ten to the left, and again. */
async function pressOnce(page: Page, move: number, restMs: number): Promise<void> {
  await page.keyboard.press(move % 20 < 10 ? "ArrowRight" : "ArrowLeft");
  await page.waitForTimeout(restMs);
}

async function traceMoves(browser: Browser, page: Page): Promise<Move[]> {
  await browser.startTracing(page, { categories: CATEGORIES });
  for (let move = 0; move < NUM_MOVES; move++) await pressOnce(page, move, 120);
  const trace: { traceEvents: TraceEvent[] } = JSON.parse(
    (await browser.stopTracing()).toString("utf8"),
  );
  return findMoves(trace.traceEvents);
}

/** One slider and one number, and nothing else: what the browser itself takes for a move. */
const BARE_PAGE = `<!doctype html><title>A slider</title><input type="range" aria-label="N"><output>50</output>
  <script>
    const [slider, text] = document.querySelectorAll("input, output");
    slider.addEventListener("input", () => (text.textContent = slider.value));
  </script>`;

const sayMs = (values: readonly number[], fraction: number) =>
  quantile(values, fraction).toFixed(1);

/** Of the slider that has the keyboard, unhindered and slowed down. */
async function measureMoves(browser: Browser, page: Page): Promise<string> {
  // The first moves load the figure's script and warm it.
  for (let move = 0; move < 20; move++) await pressOnce(page, move, 80);
  const throttle = await page.context().newCDPSession(page);
  const parts: string[] = [];
  for (const rate of SLOW_DOWNS) {
    await throttle.send("Emulation.setCPUThrottlingRate", { rate });
    const moves = await traceMoves(browser, page);
    const walls = moves.map(({ wallMs }) => wallMs);
    const threads = moves.map(({ threadMs }) => threadMs);
    const thread = rate === 1 ? `, of which the thread's own ${sayMs(threads, 0.5)}` : "";
    parts.push(`${rate}× ${sayMs(walls, 0.5)}, ${sayMs(walls, 0.9)}${thread}`);
  }
  return parts.join("; ");
}

export async function measureSliders({ browser, url, print }: PageBench): Promise<void> {
  print("A move of a slider, from the input to the end of its commit, ms (median, 90 %):");
  const measure = async (name: string, open: (page: Page) => Promise<unknown>) => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await open(page);
    print(`  ${name.padEnd(16)} ${await measureMoves(browser, page)}`);
    await page.close();
  };
  await measure("a bare page", async (page) => {
    await page.setContent(BARE_PAGE);
    await page.getByRole("slider").focus();
  });
  for (const [path, id, label] of SLIDERS) {
    await measure(id, async (page) => {
      await page.goto(url + path);
      await openSlider(page, id, label);
    });
  }
}
