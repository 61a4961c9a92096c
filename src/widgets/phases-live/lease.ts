// The page's engine with the story model, made heavier on a GPU: as it is, its steps would only wait for launches.
import { siteUrl } from "../../figure/site-url.ts";
import type { Lease } from "../../figure/task.ts";
import { leaseDevice, leaseEngine, type ReadyEngine } from "../../model/page-engine.ts";

/** @param weight - times as heavy; a software adapter keeps the model as it is, or a prefill would take seconds. */
export function leaseStoryModel(
  weight: number,
  onProgress: (fraction: number) => void,
): Lease<ReadyEngine> {
  const opened = leaseDevice({ backend: "auto" });
  let model: Lease<ReadyEngine> | undefined;
  let isReleased = false;
  const load = async (): Promise<ReadyEngine> => {
    try {
      const { device } = await opened.ready;
      if (isReleased) throw new Error("Stopped.");
      const source = { kind: "url", url: siteUrl("models/stories-1m") } as const;
      const inflation = device.isSoftware ? 1 : weight;
      model = leaseEngine({ open: { backend: "auto" }, load: { source, inflation } }, onProgress);
      return await model.ready;
    } finally {
      opened.release();
    }
  };
  return {
    ready: load(),
    release() {
      isReleased = true;
      model?.release();
    },
  };
}
