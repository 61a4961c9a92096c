import { defineConfig } from "vitest/config";
import { sitePlugins } from "./tools/site/plugins.ts";

/** Three projects: arithmetic (no GPU), kernels and engine (Dawn in Node), pages (Chromium). */
export default defineConfig({
  test: {
    projects: [
      {
        plugins: sitePlugins(),
        test: {
          name: "unit",
          environment: "node",
          include: ["src/**/*.test.{ts,tsx}", "tools/**/*.test.ts", "content/**/*.test.ts"],
          exclude: ["**/*.gpu.test.ts", "**/*.page.test.ts"],
          // Of two cores vitest would use one.
          maxWorkers: 2,
          // Arithmetic leaves nothing behind, and loading its modules once a worker halves the time.
          isolate: false,
          // Property tests take a second or two; a busy machine may take twenty.
          testTimeout: 60_000,
        },
      },
      {
        plugins: sitePlugins(),
        test: {
          name: "kernels",
          environment: "node",
          include: ["shaders/**/*.test.ts", "{src,tests,tools}/**/*.gpu.test.ts"],
          // A software adapter keeps two cores busy; the twins and the waiting between leave room for a second file.
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        plugins: sitePlugins(),
        test: {
          name: "pages",
          environment: "node",
          include: ["tests/**/*.page.test.ts"],
          maxWorkers: 2,
          // A page answers within a frame; a busy machine may take seconds.
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
