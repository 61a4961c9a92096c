// For pages that run the engine: Chromium with a software adapter, the engine's Workers within reach.
import { chromium, type Browser, type Page } from "playwright-core";
import { getChromium } from "../../tools/chromium.mjs";

/** WebGPU by SwiftShader, the same on every machine. */
export function startGpuBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: getChromium(),
    args: [
      "--no-sandbox",
      "--headless=new",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      "--enable-features=Vulkan",
    ],
  });
}

/** Keeps every Worker that the page makes, so that a test can ask the engine how much it holds. */
export async function watchWorkers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const made: Worker[] = [];
    Reflect.set(globalThis, "madeWorkers", made);
    globalThis.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        made.push(this);
      }
    };
  });
}

export interface EngineMemory {
  readonly numLiveBuffers: number;
  readonly liveBytes: number;
  readonly numRuns: number;
}

/** Asks the newest engine, past the page. */
export function readMemory(page: Page): Promise<EngineMemory> {
  return page.evaluate(
    () =>
      new Promise<EngineMemory>((resolve) => {
        const made: Worker[] = Reflect.get(globalThis, "madeWorkers");
        const worker = made.at(-1)!;
        const id = 1e9 + Math.floor(performance.now());
        const listen = ({ data }: MessageEvent<{ id: number; value: EngineMemory }>) => {
          if (data.id !== id) return;
          worker.removeEventListener("message", listen);
          resolve(data.value);
        };
        worker.addEventListener("message", listen);
        worker.postMessage({ kind: "call", id, method: "memory", args: [] }, []);
      }),
  );
}
