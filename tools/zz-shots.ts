import { startBrowser, startSite } from "../tests/pages/browser.ts";
const LIST: [string, string][] = [
  ["learn/arithmetic-intensity/", "square-matmul"],
  ["learn/arithmetic-intensity/", "linear-layer"],
  ["learn/arithmetic-intensity/", "roofline"],
  ["learn/model-shapes/", "staircase"],
  ["learn/model-shapes/", "shape-designer"],
  ["learn/beyond-one-gpu/", "memory-bar"],
  ["learn/beyond-one-gpu/", "tensor-parallel"],
  ["learn/kernel-fusion/", "fusion-ledger"],
  ["learn/memory-hierarchy/", "bandwidth-ladder"],
  ["calculator/", "calculator"],
];
export async function main() {
  const [server, browser] = await Promise.all([startSite(), startBrowser()]);
  const only = process.argv.slice(3);
  const dark = process.env["DARK"] === "1";
  const width = Number(process.env["W"] ?? 360);
  for (const [url, id] of LIST) {
    if (only.length && !only.includes(id)) continue;
    const page = await browser.newPage({
      viewport: { width, height: 800 },
      colorScheme: dark ? "dark" : "light",
      deviceScaleFactor: 2,
    });
    await page.goto(server.url + url + (process.env["Q"] ?? ""), { waitUntil: "load" });
    const f = page.locator(`#${id}`).first();
    await f.scrollIntoViewIfNeeded();
    await f.hover();
    await page.waitForTimeout(2500);
    await f.screenshot({ path: `/tmp/s/${id}-${width}${dark ? "d" : ""}.png` });
    await page.close();
  }
  await browser.close();
  await server.close();
}
