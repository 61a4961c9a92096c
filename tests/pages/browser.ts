// What every page test needs: the built site behind a server, a browser, and a page that remembers what went wrong.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { getChromium } from "../../tools/chromium.mjs";
import { serve, type RunningServer } from "../../tools/site/serve.mjs";

/** The built site: dist, or the folder that SITE_DIST names. */
export const DIST = process.env["SITE_DIST"] ?? join(import.meta.dirname, "../../dist");

export function startSite(prefix = "/"): Promise<RunningServer> {
  if (!existsSync(join(DIST, "index.html"))) {
    throw new Error(`There is no site in ${DIST}: build it first (npm run build).`);
  }
  return serve(DIST, 0, prefix);
}

export function startBrowser(): Promise<Browser> {
  // Root, as in a container, has no sandbox to give.
  return chromium.launch({ executablePath: getChromium(), args: ["--no-sandbox"] });
}

export const PHONE = { viewport: { width: 360, height: 780 } };

/** Pixels by which a page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What passes is not described, and the style sheets are in the page already. */
const AXE_OPTIONS = { resultTypes: ["violations"], preload: false };

/** What axe finds in the page or within a part of it, by all of its rules or by some; each violation as one line. */
export async function findViolations(
  page: Page,
  selector = "html",
  runOnly?: readonly string[],
): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(
    async ([scope, options]) => {
      interface Axe {
        run(
          scope: string,
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
      }
      const axe: Axe = Reflect.get(globalThis, "axe");
      const { violations } = await axe.run(scope, options);
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    },
    [selector, { ...AXE_OPTIONS, ...(runOnly === undefined ? {} : { runOnly }) }] as const,
  );
}

export interface WatchedPage {
  readonly page: Page;
  /** Console errors, uncaught errors and failed requests, as sentences. */
  readonly faults: string[];
  /** Requests that left the host. */
  readonly foreign: string[];
  /** Addresses of the scripts that were fetched. */
  readonly scripts: string[];
}

/** A page of a reader who has seen nothing of the site yet. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  return openPageOf(await browser.newContext(options), url);
}

/** Figures off the screen have no text until they are scrolled to; a test reads them wherever they are. */
function showFiguresOffScreen(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("[data-widget] { content-visibility: visible !important; }");
  document.adoptedStyleSheets = [sheet];
}

/** A page of a reader whose browser keeps what earlier pages of the context left. */
export async function openPageOf(context: BrowserContext, url: string): Promise<WatchedPage> {
  const page = await context.newPage();
  await page.addInitScript(showFiguresOffScreen);
  const [faults, foreign, scripts]: string[][] = [[], [], []];
  const { host } = new URL(url);
  page.on("console", (message) => {
    if (message.type() === "error") faults!.push(message.text());
  });
  page.on("pageerror", (error) => faults!.push(error.message));
  page.on("request", (request) => {
    const address = new URL(request.url());
    if (address.protocol.startsWith("http") && address.host !== host) foreign!.push(address.href);
    if (request.resourceType() === "script") scripts!.push(address.href);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !response.url().includes("missing")) {
      faults!.push(`${response.status()} ${response.url()}`);
    }
  });
  await page.goto(url, { waitUntil: "load" });
  return { page, faults: faults!, foreign: foreign!, scripts: scripts! };
}
