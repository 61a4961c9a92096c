// What a reader feels, measured in Chromium on the built site: the time to the first token, the frames during a run or
// an experiment and how soon it stops, 100,000 requests in the simulator's Worker with the page's frames, and how long a move of a slider
// takes. `npm run bench -- --pages`.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Browser } from "playwright-core";
import { getChromium } from "../chromium.mjs";
import { serve } from "../site/serve.mjs";
import { measureExperiments } from "./experiments.ts";
import { measureFirstToken } from "./first-token.ts";
import { measureRuns } from "./runs.ts";
import { measureSimulation } from "./simulation.ts";
import { measureSliders } from "./sliders.ts";

/** One measurement: it prints its lines as they come. */
export interface PageBench {
  readonly browser: Browser;
  /** Of the site, with a slash at its end. */
  readonly url: string;
  readonly print: (line: string) => void;
}

const MEASUREMENTS: Readonly<Record<string, (bench: PageBench) => Promise<void>>> = {
  "first-token": measureFirstToken,
  runs: measureRuns,
  experiments: measureExperiments,
  simulation: measureSimulation,
  sliders: measureSliders,
};

const USAGE = `npm run bench -- --pages [--only ${Object.keys(MEASUREMENTS).join(",")}] [--dist DIR]

  Needs the built site: npm run build. WebGPU runs on SwiftShader, which takes both the time and the frames of a slow GPU.`;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** @returns the exit status: 0, or 2 for options that make no sense. */
export async function benchPages(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: Object.keys(MEASUREMENTS).join(",") },
      dist: { type: "string", default: join(import.meta.dirname, "../../dist") },
      help: { type: "boolean", default: false },
    },
  });
  const wanted = values.only.split(",");
  const unknown = wanted.find((name) => !Object.hasOwn(MEASUREMENTS, name));
  const dist = resolve(values.dist);
  if (values.help || unknown !== undefined || !existsSync(dist)) {
    if (unknown !== undefined) print(`There is no measurement “${unknown}”.`);
    else if (!values.help) print(`There is no site in ${values.dist}.`);
    print(USAGE);
    return values.help ? 0 : 2;
  }
  const site = await serve(dist);
  const browser = await chromium.launch({
    executablePath: getChromium(),
    args: [
      "--no-sandbox",
      "--headless=new",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      "--enable-features=Vulkan",
    ],
  });
  try {
    print(`Chromium ${browser.version()}, WebGPU by SwiftShader, a software adapter.`);
    for (const name of wanted) {
      await MEASUREMENTS[name]?.({ browser, url: site.url, print });
    }
  } finally {
    await browser.close();
    await site.close();
  }
  return 0;
}
