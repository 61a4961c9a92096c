// Empty submissions while an answer is awaited, on Dawn: they change nothing of what is computed.
import { afterEach, expect, test, vi } from "vitest";
import { createNodeGpu } from "../../tools/dawn.ts";
import { openDevice } from "./device.ts";
import { WebGpuBackend } from "./webgpu-backend.ts";

afterEach(() => vi.unstubAllGlobals());

test("a browser that calls itself Firefox is nudged, and what it reads back is right", async () => {
  const opened = await openDevice(createNodeGpu());
  if (opened.kind === "absent") throw new Error(opened.reason);
  vi.stubGlobal("navigator", { userAgent: "Gecko/20100101 Firefox/153.0" });
  const submit = vi.spyOn(opened.device.queue, "submit");
  const backend = new WebGpuBackend(opened);
  const array = backend.allocate("numbers", "u32", 4);
  backend.write(array, Uint32Array.of(3, 1, 4, 1));
  const { data } = await backend.run({ passes: [], readbacks: [{ array, offset: 0, length: 4 }] });
  expect([...data[0]!]).toEqual([3, 1, 4, 1]);
  expect(submit.mock.calls.filter(([buffers]) => [...buffers].length === 0)).not.toEqual([]);
  backend.close();
});
