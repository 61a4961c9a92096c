// Every page of the site in a real browser: no error, nothing fetched from elsewhere, no violation in either theme or in
// forced colours, no sideways scroll on a phone.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../tools/site/serve.mjs";
import {
  DIST,
  findViolations,
  openPage,
  overflow,
  PHONE,
  startBrowser,
  startSite,
  type WatchedPage,
} from "./browser.ts";

const PAGES = readdirSync(DIST, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".html"))
  .map((file) => file.replace(/index\.html$/, ""));
/** Pages that are also held in forced colours: one of each kind. */
const FORCED = new Set(["", "learn/kv-cache/", "lab/", "calculator/", "glossary/"]);

let browser: Browser;
let site: RunningServer;
beforeAll(async () => {
  [browser, site] = await Promise.all([startBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

test("the site has a page for each chapter and each tool", () => {
  expect(PAGES.length).toBeGreaterThan(15);
});

/** A browser ends the paragraph there, and what follows falls out of it until the scripts arrive. */
const BLOCK_IN_PARAGRAPH =
  /<p[ >](?:(?!<\/p>)[^])*?<(?:dialog|div|dl|figure|h\d|ol|section|table|ul)[ >]/;

test("no paragraph holds what a paragraph cannot", () => {
  for (const path of PAGES) {
    const file = join(DIST, path.endsWith(".html") ? path : `${path}index.html`);
    expect(BLOCK_IN_PARAGRAPH.exec(readFileSync(file, "utf8"))?.[0], path).toBeUndefined();
  }
});

/** Opens what is folded and folds what is open: data tables, sources, asides. */
function toggleDetails(page: Page): Promise<void> {
  return page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = !details.open;
  });
}

describe.each(PAGES)("/%s", (path) => {
  let opened: WatchedPage;
  beforeAll(async () => {
    opened = await openPage(browser, site.url + path, PHONE);
  });
  afterAll(() => opened?.page.context().close());

  test("fits a phone, renders without an error, and nothing leaves the host", async () => {
    const { page, faults, foreign } = opened;
    expect(await page.locator("h1").count()).toBe(1);
    expect(await page.title()).toMatch(/Memory Bound/);
    expect(await page.locator("meta[name=description]").getAttribute("content")).toMatch(/\w{3}/);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await toggleDetails(page);
    expect(await overflow(page), "with every part opened").toBeLessThanOrEqual(0);
    await toggleDetails(page);
    await page.mouse.move(100, 100);
    await page.waitForTimeout(300);
    expect(faults).toEqual([]);
    expect(foreign).toEqual([]);
  });

  test("has no accessibility violation in light, dark and forced colours", async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 1280, height: 720 });
    expect(await findViolations(page)).toEqual([]);
    // A theme changes nothing but colours, and the system's own need fewer witnesses.
    const themes = [
      { colorScheme: "dark" } as const,
      ...(FORCED.has(path) ? [{ forcedColors: "active" } as const] : []),
    ];
    for (const theme of themes) {
      await page.emulateMedia(theme);
      const found = await findViolations(page, "html", ["color-contrast"]);
      expect(found, JSON.stringify(theme)).toEqual([]);
    }
  });
});
