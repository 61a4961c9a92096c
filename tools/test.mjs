// npm test: installs what is missing and runs everything. Plain Node, because it runs before there are packages.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findChromium } from "./chromium.mjs";
import { vulkanEnvironment } from "./vulkan.mjs";
import { INSTALL } from "./install.mjs";

const ROOT = join(import.meta.dirname, "..");
const REPORTS = join(ROOT, ".cache", "test-reports");
const IS_WINDOWS = process.platform === "win32";

/** Runs a command in the project; returns whether it succeeded. */
function run(command, args, env = process.env) {
  const { status } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: "inherit",
    env,
    shell: IS_WINDOWS,
  });
  return status === 0;
}

function installPackages() {
  const isInstalled = existsSync(join(ROOT, "node_modules", "vitest"));
  if (isInstalled || run("npm", INSTALL)) return;
  console.error("npm install failed: the packages could not be installed.");
  process.exit(1);
}

/** Debian and root (a CI machine): install the browser. Elsewhere: say how, and stop. */
function installChromium() {
  if (findChromium()) return;
  const canInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (canInstall) {
    console.log("No Chrome or Chromium found: installing Debian's.");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    run("apt-get", ["update"], env);
    run("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], env);
  }
  if (findChromium()) return;
  console.error(
    "No Chrome or Chromium found: install one (Debian: apt-get install chromium) or set CHROME_PATH.",
  );
  process.exit(1);
}

function vitest(project) {
  const report = join(REPORTS, `${project}.json`);
  const args = ["run", "--project", project, "--reporter=default", "--reporter=json"];
  return () => run(bin("vitest"), [...args, `--outputFile.json=${report}`], vulkanEnvironment());
}

function bin(name) {
  return join(ROOT, "node_modules", ".bin", name);
}

const tool =
  (name, ...args) =>
  () =>
    run(bin(name), args);

/** Takes one core for as long as the next four steps take the other. */
function startFormatCheck() {
  const child = spawn(bin("prettier"), ["--check", "--log-level=warn", "."], {
    cwd: ROOT,
    stdio: "inherit",
    shell: IS_WINDOWS,
  });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("exit", (status) => resolve(status === 0));
  });
}

/** In the order in which a failure is cheapest to learn of. */
const STEPS = [
  { name: "lint", step: tool("oxlint", "--type-aware", "--deny-warnings") },
  { name: "types", step: tool("tsc", "-p", "tsconfig.json") },
  { name: "types of core", step: tool("tsc", "-p", "src/core/tsconfig.json") },
  { name: "unused code", step: tool("knip") },
  { name: "format", step: () => isFormatted },
  { name: "unit tests", step: vitest("unit") },
  { name: "build", step: () => run(process.execPath, ["tools/run.mjs", "tools/site/build.ts"]) },
  { name: "size", step: tool("size-limit") },
  { name: "kernels and engine", step: vitest("kernels") },
  { name: "pages", step: vitest("pages") },
];

/** Tests that vitest counted, over all projects that ran. */
function countTests() {
  let passed = 0;
  let failed = 0;
  for (const project of ["unit", "kernels", "pages"]) {
    const file = join(REPORTS, `${project}.json`);
    if (!existsSync(file)) continue;
    const report = JSON.parse(readFileSync(file, "utf8"));
    passed += report.numPassedTests;
    failed += report.numFailedTests;
  }
  return { passed, failed };
}

installPackages();
installChromium();
rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const failedSteps = [];
const isFormatted = startFormatCheck();
for (const { name, step } of STEPS) {
  const start = performance.now();
  const isGood = await step();
  if (!isGood) failedSteps.push(name);
  const duration = Math.round((performance.now() - start) / 1000);
  console.log(`${isGood ? "ok    " : "FAILED"} ${name} (${duration} s)`);
}
const { passed, failed } = countTests();
if (failedSteps.length > 0) console.error(`Failed: ${failedSteps.join(", ")}.`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failedSteps.length > 0 ? 1 : 0);
