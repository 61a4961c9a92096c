// Builds and serves the page that mounts and unmounts views at a test's command.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { build } from "vite";
import { expect } from "vitest";
import { serve } from "../../tools/site/serve.mjs";

const ROOT = join(import.meta.dirname, "../..");

export interface MountSite {
  /** Of the page itself. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startMountSite(): Promise<MountSite> {
  const outDir = await mkdtemp(join(tmpdir(), "memory-bound-mount-"));
  await build({
    root: ROOT,
    configFile: join(ROOT, "vite.config.ts"),
    logLevel: "error",
    build: {
      outDir,
      emptyOutDir: true,
      rolldownOptions: { input: join(import.meta.dirname, "mount.html") },
    },
  });
  const server = await serve(outDir);
  return {
    url: `${server.url}tests/pages/mount.html`,
    async close() {
      await server.close();
      await rm(outDir, { recursive: true });
    },
  };
}

export type MountedView = "race" | "lab" | "cache-claim" | "cache-timing" | "qkv-growth";

/** Mounts a view and unmounts it after a while. */
export async function mountFor(
  page: Page,
  { id, shouldRun, ms }: { id: MountedView; shouldRun: boolean; ms: number },
): Promise<void> {
  await page.evaluate(
    async (asked) => {
      const mount: (id: string, shouldRun: boolean) => () => void = Reflect.get(
        globalThis,
        "mountView",
      );
      const unmount = mount(asked.id, asked.shouldRun);
      await new Promise((resolve) => {
        setTimeout(resolve, asked.ms);
      });
      unmount();
    },
    { id, shouldRun, ms },
  );
}

/** Timers, intervals and animation frames that the page waits for. */
export function countTimers(page: Page): Promise<number> {
  return page.evaluate(() => {
    const count: () => number = Reflect.get(globalThis, "numPendingTimers");
    return count();
  });
}

/** Nor timers. An engine that nobody holds is closed three seconds later. */
export async function expectNoWorkers(page: Page): Promise<void> {
  await expect.poll(() => page.workers().length, { timeout: 60_000 }).toBe(0);
  await expect.poll(() => countTimers(page), { timeout: 60_000 }).toBe(0);
}
