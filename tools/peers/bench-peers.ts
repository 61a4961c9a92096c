// npm run bench -- --peers: this engine against tfjs-backend-webgpu, jax-js and onnxruntime-web, in Chromium and in
// Node. The first run installs the peers into this folder; nothing else of the project needs them.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Browser } from "playwright-core";
import { createServer } from "vite";
import { createClock } from "../../src/experiments/clock.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { WebGpuBackend } from "../../src/gpu/webgpu-backend.ts";
import { getChromium } from "../chromium.mjs";
import { createNodeGpu } from "../dawn.ts";
import { INSTALL } from "../install.mjs";
import { modelFolder } from "../model-files.ts";
import type { Versions } from "./contestants.ts";
import { measurePeers, type PeersRequest } from "./measure-peers.ts";
import { parseRecords, type PeersRecord } from "./peers-record.ts";
import { formatMarkdown, formatPeers } from "./table.ts";

const USAGE = `npm run bench -- --peers [--in chromium,node] [--only matmul-512,decode] [--against jax] [--rounds N] [--seed S]
  [--json | --markdown] [--out FILE] [--show FILE]

  --in       where to run (default: both)
  --only     works: matmul-512, matmul-256, matmul-1x1024x4096, decode, and on a GPU matmul-2048 (default: all)
  --against  others: tfjs, jax, onnxruntime (default: all)
  --out      write the records, a JSON list, into FILE (the README's is tools/peers/recorded.json)
  --show     measure nothing: print the records of FILE`;

const OPTIONS = {
  in: { type: "string", default: "chromium,node" },
  only: { type: "string", default: "" },
  against: { type: "string", default: "" },
  rounds: { type: "string", default: "15" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
  markdown: { type: "boolean", default: false },
  show: { type: "string" },
  out: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const HERE = import.meta.dirname;
const ROOT = join(HERE, "..", "..");
const MODEL_NAME = "stories-1m";
const MODEL = join(ROOT, "public", "models", MODEL_NAME);
const PACKAGES = {
  tfjs: "@tensorflow/tfjs-backend-webgpu",
  jax: "@jax-js/jax",
  onnxruntime: "onnxruntime-web",
} as const;

const tell = (line: string) => process.stderr.write(`${line}\n`);

/** @returns the exit status: 0, or 2 for options that make no sense. */
export async function benchPeers(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const places = values.in.split(",");
  const hasRounds = /^[1-9]\d{0,4}$/.test(values.rounds) && /^\d{1,9}$/.test(values.seed);
  const hasPlaces = places.every((place) => place === "chromium" || place === "node");
  if (values.help || !hasPlaces || !hasRounds) {
    process.stdout.write(`${USAGE}\n`);
    return values.help ? 0 : 2;
  }
  const records =
    values.show === undefined
      ? await measurePlaces(places, values)
      : parseRecords(await readFile(values.show, "utf8"));
  const text = JSON.stringify(records);
  if (values.json) process.stdout.write(`${text}\n`);
  else if (values.markdown) process.stdout.write(`${formatMarkdown(records)}\n`);
  else process.stdout.write(`${records.map(formatPeers).join("\n\n\n")}\n`);
  if (values.out !== undefined) await writeFile(values.out, `${text}\n`);
  return 0;
}

async function measurePlaces(
  places: readonly string[],
  { only, against, rounds, seed }: Readonly<Record<"only" | "against" | "rounds" | "seed", string>>,
): Promise<PeersRecord[]> {
  installPeers();
  const request = {
    versions: await readVersions(),
    modelName: MODEL_NAME,
    only: only.split(",").filter(Boolean),
    against: against.split(",").filter(Boolean),
    numRounds: Number(rounds),
    seed: Number(seed),
    machine: `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores`,
  };
  const records: PeersRecord[] = [];
  for (const place of places) {
    tell(`in ${place}`);
    records.push(await (place === "node" ? measureInNode(request) : measureInChromium(request)));
  }
  return records;
}

type CommonRequest = Omit<PeersRequest, "wasmFolder" | "model" | "host">;

function installPeers(): void {
  if (existsSync(join(HERE, "node_modules", PACKAGES.onnxruntime))) return;
  tell("installing the peers (220 MB) into tools/peers/node_modules");
  const { status } = spawnSync("npm", [...INSTALL, "--ignore-scripts"], {
    cwd: HERE,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error("npm install failed in tools/peers.");
}

async function readVersions(): Promise<Versions> {
  return {
    tfjs: await readVersion(PACKAGES.tfjs),
    jax: await readVersion(PACKAGES.jax),
    onnxruntime: await readVersion(PACKAGES.onnxruntime),
  };
}

async function readVersion(name: string): Promise<string> {
  const file = join(HERE, "node_modules", name, "package.json");
  const { version }: { version: string } = JSON.parse(await readFile(file, "utf8"));
  return version;
}

async function measureInNode(request: CommonRequest): Promise<PeersRecord> {
  const gpu = createNodeGpu();
  // The peers look for a page's navigator, which Node 20 has not at all and newer ones have without a GPU.
  const navigator = { gpu, userAgent: "Node", hardwareConcurrency: cpus().length };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  const opened = await openDevice(gpu);
  if (opened.kind === "absent") throw new Error(opened.reason);
  const backend = new WebGpuBackend(opened);
  return measurePeers(
    {
      ...request,
      model: await modelFolder(MODEL),
      host: `Node ${process.versions.node} · Dawn`,
    },
    { backend, clock: createClock(), tell },
  );
}

async function measureInChromium(request: CommonRequest): Promise<PeersRecord> {
  const { address, close } = await servePage();
  let browser: Browser | undefined;
  try {
    browser = await openBrowser(address);
    const page = await browser.newPage();
    page.on("console", (message) => tell(message.text()));
    page.on("pageerror", (error) => tell(error.message));
    await page.goto(address);
    await page.waitForFunction(() => Reflect.has(globalThis, "measurePeers"));
    const files = `${address}@fs`;
    const whole: PeersRequest = {
      ...request,
      wasmFolder: `${address}node_modules/onnxruntime-web/dist/`,
      model: { kind: "url", url: `${files}${MODEL}` },
      host: `Chromium ${browser.version()}`,
    };
    return await page.evaluate<PeersRecord, PeersRequest>(
      (sent) => Reflect.get(globalThis, "measurePeers")(sent),
      whole,
    );
  } finally {
    await browser?.close();
    await close();
  }
}

/** A development server over this folder: the peers are read as they were installed. */
async function servePage() {
  const server = await createServer({
    root: HERE,
    configFile: false,
    publicDir: false,
    cacheDir: join(ROOT, ".cache", "peers"),
    logLevel: "error",
    server: {
      host: "127.0.0.1",
      port: 0,
      hmr: false,
      watch: null,
      fs: { allow: [ROOT] },
      // Isolated pages have the finer clock.
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    },
    optimizeDeps: {
      noDiscovery: true,
      include: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-webgpu", "valibot"],
    },
  });
  await server.listen();
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error("The page's server has no address.");
  return { address, close: () => server.close() };
}

const FLAGS = [
  "--no-sandbox",
  "--headless=new",
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
];

/** With the machine's GPU, or with the software adapter where it has none that a browser can use. */
async function openBrowser(address: string): Promise<Browser> {
  const executablePath = getChromium();
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const page = await browser.newPage();
  await page.goto(address);
  const hasAdapter = await page.evaluate(
    async () => (await navigator.gpu?.requestAdapter()) !== null,
  );
  await page.close();
  if (hasAdapter) return browser;
  await browser.close();
  return chromium.launch({ executablePath, args: [...FLAGS, "--use-webgpu-adapter=swiftshader"] });
}
