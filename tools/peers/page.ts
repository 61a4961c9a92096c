// The page that the benchmark runs in: it waits for the tool to call `measurePeers` and prints progress to the console.
import { createPageClock } from "../../src/experiments/clock.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { WebGpuBackend } from "../../src/gpu/webgpu-backend.ts";
import { measurePeers, type PeersRequest } from "./measure-peers.ts";
import type { PeersRecord } from "./peers-record.ts";

async function measureHere(request: PeersRequest): Promise<PeersRecord> {
  const opened = await openDevice(navigator.gpu);
  if (opened.kind === "absent") throw new Error(opened.reason);
  return measurePeers(request, {
    backend: new WebGpuBackend(opened),
    clock: createPageClock(document),
    tell: (line) => console.log(line),
  });
}

Reflect.set(globalThis, "measurePeers", measureHere);
