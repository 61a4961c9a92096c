// The shell of the site in a real browser: no scripts, a sub-path, the keyboard, reader settings, the figure's frame.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
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
} from "./browser.ts";

const CHAPTER = "learn/kv-cache/";

let browser: Browser;
let site: RunningServer;
beforeAll(async () => {
  [browser, site] = await Promise.all([startBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function countWords(page: Page): Promise<number> {
  return (await page.locator("article").innerText()).split(/\s+/).length;
}

test.each(["", CHAPTER, "lab/", "glossary/"])(
  "/%s fetches at most 5 kB of script before the reader does anything",
  async (path) => {
    const { page, scripts } = await openPage(browser, site.url + path);
    await page.waitForTimeout(500);
    const inline = await page.locator("head script:not([src])").allTextContents();
    const sources = scripts.map((url) => readFileSync(join(DIST, new URL(url).pathname)));
    const size = gzipSync(Buffer.concat([...sources, Buffer.from(inline.join(""))]), { level: 9 });
    expect(size.byteLength).toBeLessThanOrEqual(5000);
    await page.context().close();
  },
);

test("the words are there with scripts off", async () => {
  const off = await openPage(browser, site.url + CHAPTER, { javaScriptEnabled: false });
  const on = await openPage(browser, site.url + CHAPTER);
  expect(await countWords(off.page)).toBeGreaterThan(0.95 * (await countWords(on.page)));
  await off.page.locator(".opens").first().click();
  expect(await off.page.locator("dialog:popover-open").count()).toBe(1);
  await off.page.context().close();
  await on.page.context().close();
});

test("the site works under any path of its host", async () => {
  const nested = await startSite("/some/where/");
  const { page, faults } = await openPage(browser, nested.url + CHAPTER);
  await page.locator("[data-widget]").last().hover();
  await page.waitForTimeout(800);
  await page.getByRole("link", { name: "Lab", exact: true }).first().click();
  await page.waitForLoadState();
  expect(new URL(page.url()).pathname).toBe("/some/where/lab/");
  expect(await page.evaluate(() => document.fonts.check("16px 'Source Serif 4'"))).toBe(true);
  expect(faults).toEqual([]);
  await page.context().close();
  await nested.close();
});

test("a missing address gets a page with a way back", async () => {
  const { page } = await openPage(browser, `${site.url}no/such/missing/page`);
  expect(await page.locator("h1").innerText()).toBe("There is no page here");
  await page.getByRole("link", { name: "chapters", exact: true }).click();
  expect(new URL(page.url()).pathname).toBe("/learn/");
  await page.context().close();
});

test("the server keeps to its folder", async () => {
  for (const path of ["/..%2f..%2fpackage.json", "/%2e%2e/package.json", "/%00", "/%"]) {
    const response = await fetch(site.url.slice(0, -1) + path);
    expect(response.status, path).toBe(404);
    await response.arrayBuffer();
  }
});

describe("keyboard", () => {
  test.each(["", CHAPTER, "lab/"])("Tab reaches everything on /%s", async (path) => {
    const { page } = await openPage(browser, site.url + path);
    const total = await page.evaluate(() => {
      const wanted =
        "a[href], button:not(:disabled), input:not([type=radio]):not(:disabled), select, summary, [tabindex='0']";
      const shown = [...document.querySelectorAll(wanted)].filter((element) =>
        element.checkVisibility({ visibilityProperty: true }),
      );
      for (const element of shown) element.setAttribute("data-wanted", "");
      return shown.length;
    });
    for (let i = 0; i < total + 60; i++) {
      await page.keyboard.press("Tab");
      await page.evaluate(() => document.activeElement?.removeAttribute("data-wanted"));
    }
    const missed = page.locator("[data-wanted]");
    expect(
      await missed.evaluateAll((all) => all.map((element) => element.outerHTML.slice(0, 120))),
    ).toEqual([]);
    await page.context().close();
  });

  test("a number opens by keyboard, and Escape goes back to it", async () => {
    const { page } = await openPage(browser, site.url + CHAPTER);
    const number = page.locator(".opens").first();
    await number.focus();
    await page.keyboard.press("Enter");
    const opened = page.locator("dialog:popover-open");
    expect(await opened.locator("math").count()).toBeGreaterThan(0);
    await page.keyboard.press("Escape");
    expect(await opened.count()).toBe(0);
    expect(await number.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.context().close();
  });

  test("a term opens its definition where it stands", async () => {
    const { page } = await openPage(browser, site.url + CHAPTER, PHONE);
    const term = page.locator("a.term[data-opens]").first();
    await term.focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("dialog:popover-open").innerText()).toMatch(/More in the glossary/);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(new URL(page.url()).pathname).toBe(`/${CHAPTER}`);
    await page.context().close();
  });
});

describe("a figure", () => {
  const FIGURE = "#kv-bytes";
  const openFigure = async (query = "") => {
    const opened = await openPage(browser, `${site.url}${CHAPTER}${query}`);
    const figure = opened.page.locator(FIGURE);
    await figure.scrollIntoViewIfNeeded();
    await figure.hover();
    await figure.getByRole("application").waitFor();
    return { ...opened, figure };
  };

  test("takes over its poster without a jump, and its controls drive the address", async () => {
    const { page, faults } = await openPage(browser, site.url + CHAPTER);
    const figure = page.locator(FIGURE);
    const before = await figure.boundingBox();
    await figure.scrollIntoViewIfNeeded();
    await figure.hover();
    await figure.getByRole("application").waitFor();
    const after = await figure.boundingBox();
    expect(after?.height).toBeCloseTo(before?.height ?? 0, 0);
    const slider = figure.getByRole("slider", { name: "Batch" });
    await slider.focus();
    const length = await page.evaluate(() => history.length);
    for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowRight");
    await expect
      .poll(() => new URL(page.url()).searchParams.get("kv-bytes.batch"), { timeout: 5000 })
      .toBe("21");
    expect(await page.evaluate(() => history.length)).toBe(length);
    expect(await findViolations(page)).toEqual([]);
    await page
      .locator("p[aria-live=polite]", { hasText: "21 sequences" })
      .waitFor({ state: "attached" });
    await figure.getByRole("button", { name: "Reset" }).click();
    await expect.poll(() => new URL(page.url()).search, { timeout: 5000 }).toBe("");
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test("is restored from its address, before the reader touches it", async () => {
    const { page } = await openPage(
      browser,
      `${site.url}${CHAPTER}?kv-bytes.batch=3&kv-bytes.model=llama-2-7b`,
    );
    const figure = page.locator(FIGURE);
    await figure.getByText("3 sequences").first().waitFor();
    expect(await figure.getByLabel("Model").inputValue()).toBe("llama-2-7b");
    await page.context().close();
  });

  test("says that a value was refused, and warns of a name it does not know", async () => {
    const warnings: string[] = [];
    const context = await browser.newContext();
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
    await page.goto(`${site.url}${CHAPTER}?kv-bytes.batch=-1&kv-bytes.speed=9`);
    await page.locator(".figure-notice").waitFor();
    expect(await page.locator(".figure-notice").textContent()).toMatch(/a number from 1 to 64/);
    expect(warnings.join()).toMatch(/kv-bytes\.speed/);
    await context.close();
  });

  test("gives its values as CSV and its picture as SVG and PNG", async () => {
    const { page, figure } = await openFigure();
    const save = async (name: string) => {
      const started = page.waitForEvent("download");
      await figure.getByRole("button", { name, exact: true }).click();
      return readFileSync(await (await started).path());
    };
    expect((await save("CSV")).toString()).toMatch(
      /^Context \(tokens\),KV caches \(B\),KV caches and weights \(B\)\r\n0,0,16060522496\r\n/,
    );
    const svg = (await save("SVG")).toString();
    expect(svg).toMatch(/^<svg/);
    expect(svg).not.toMatch(/var\(--/);
    expect((await save("PNG")).subarray(1, 4).toString()).toBe("PNG");
    await page.context().close();
  });

  test("its points are read out under the arrow keys", async () => {
    const { page, figure } = await openFigure();
    await figure.getByRole("application").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await figure.locator(".chart-readout").innerText()).toMatch(
      /^KV caches of the batch: 4\.29.GB at 2,048( \S.*)?$/,
    );
    await page.context().close();
  });
});

describe("the policy of the page", () => {
  test("refuses markup from strings and workers from elsewhere", async () => {
    const { page } = await openPage(browser, site.url + CHAPTER);
    const refused = await page.evaluate(() => {
      // oxlint-disable-next-line unicorn/consistent-function-scoping -- it runs in the page, where no other scope is
      const attempt = (act: () => void) => {
        try {
          act();
          return "allowed";
        } catch (error) {
          return error instanceof TypeError ? "refused" : String(error);
        }
      };
      return [
        attempt(() => {
          document.body.innerHTML = "<p>x</p>";
        }),
        attempt(() => void new Worker("https://example.org/x.js")),
        attempt(() => void new Worker("data:text/javascript,1")),
        attempt(
          () => void new Worker(new URL("favicon.svg", document.baseURI), { type: "module" }),
        ),
      ];
    });
    expect(refused).toEqual(["refused", "refused", "refused", "allowed"]);
    await page.context().close();
  });
});

describe("reader settings", () => {
  test("a theme holds from page to page and wins over the system", async () => {
    const { page } = await openPage(browser, site.url, { colorScheme: "light" });
    await page.getByRole("button", { name: "Display" }).click();
    await page.getByRole("radio", { name: "Dark" }).check();
    await page.goto(`${site.url}glossary/`, { waitUntil: "commit" });
    await page.waitForSelector("h1");
    expect(
      await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor),
    ).toBe("rgb(22, 23, 26)");
    await page.context().close();
  });

  test("nothing breaks where the browser gives no storage", async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => {
      for (const name of ["localStorage", "indexedDB"]) {
        Object.defineProperty(globalThis, name, {
          get() {
            throw new DOMException("denied", "SecurityError");
          },
        });
      }
    });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    await page.goto(`${site.url}notebook/`);
    await page.getByText("keeps nothing for this page").waitFor();
    await page.getByRole("button", { name: "Display" }).click();
    await page.getByRole("radio", { name: "Dark" }).check();
    expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
    expect(faults).toEqual([]);
    await context.close();
  });
});

test("print shows every figure and no controls", async () => {
  const { page } = await openPage(browser, site.url + CHAPTER);
  await page.emulateMedia({ media: "print" });
  expect(await page.locator(".site-header").isVisible()).toBe(false);
  expect(await page.locator("#kv-bytes .controls").isVisible()).toBe(false);
  expect(
    await page.locator("#kv-bytes .chart-wide, #kv-bytes .chart-narrow").first().isVisible(),
  ).toBe(true);
  await page.context().close();
});
