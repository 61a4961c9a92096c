// The frames that a page shows while something else goes on, and its longest task.
import type { Page } from "playwright-core";

interface Seen {
  readonly times: readonly number[];
  readonly longestTask: number;
}

export interface Frames {
  readonly perSecond: number;
  readonly longestGapMs: number;
  /** Of the page's own thread; 0 if none took more than 50 ms. */
  readonly longestTaskMs: number;
}

/** From now on. */
export function watchFrames(page: Page): Promise<void> {
  return page.evaluate(() => {
    const seen = { times: [] as number[], longestTask: 0 };
    Reflect.set(globalThis, "seenFrames", seen);
    const frame = (now: number) => {
      seen.times.push(now);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        seen.longestTask = Math.max(seen.longestTask, duration);
      }
    }).observe({ entryTypes: ["longtask"] });
  });
}

/** Those since they were watched. */
export async function readFrames(page: Page): Promise<Frames> {
  const { times, longestTask }: Seen = await page.evaluate(() =>
    Reflect.get(globalThis, "seenFrames"),
  );
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const spanMs = gaps.reduce((sum, gap) => sum + gap, 0);
  return {
    perSecond: (1000 * gaps.length) / spanMs,
    longestGapMs: Math.max(...gaps),
    longestTaskMs: longestTask,
  };
}

export async function sayFrames(page: Page): Promise<string> {
  const { perSecond, longestGapMs, longestTaskMs } = await readFrames(page);
  const longest =
    longestTaskMs === 0 ? "no task above 50 ms" : `longest task ${longestTaskMs.toFixed(0)} ms`;
  return `${perSecond.toFixed(1)} frames a second, longest gap ${longestGapMs.toFixed(0)} ms, ${longest}`;
}
