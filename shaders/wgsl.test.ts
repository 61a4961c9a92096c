// Every shader compiles on the two compilers that browsers ship: Tint (Chrome, Edge) and naga (Firefox).
import { NagaError, parseWgsl, validate } from "naga-wasm";
import { beforeAll, describe, expect, test } from "vitest";
import { createCheckingGpu } from "../tools/dawn.ts";

const sources = import.meta.glob<string>("./*/*.wgsl", {
  query: "?raw",
  import: "default",
  eager: true,
});

let device: GPUDevice;
beforeAll(async () => {
  const adapter = await createCheckingGpu().requestAdapter();
  if (!adapter) throw new Error("Dawn has no null backend here.");
  device = await adapter.requestDevice({ requiredFeatures: ["shader-f16", "subgroups"] });
});

test("there are shaders to check", () => {
  expect(Object.keys(sources).length).toBeGreaterThan(35);
});

describe.each(Object.entries(sources))("%s", (_path, code) => {
  test("compiles with Tint", async () => {
    device.pushErrorScope("validation");
    const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
    await device.popErrorScope();
    expect(messages.map(({ lineNum, message }) => `${lineNum}: ${message}`)).toEqual([]);
  });

  // Optional features have kernels beside them that need none, and naga knows no subgroups yet.
  test.skipIf(/^enable /m.test(code))("compiles with naga", () => {
    let problem = "";
    try {
      validate(parseWgsl(code));
    } catch (error) {
      problem = error instanceof NagaError ? error.formatted : String(error);
    }
    expect(problem).toBe("");
  });

  test("opens with what it does, its shapes and its dispatch", () => {
    const header = code.slice(0, code.search(/^(?!\/\/)/m));
    expect(header).toMatch(/^\/\/ [A-Z].*/);
    expect(header).toMatch(/dispatch\s*:/);
    expect(code).toMatch(/fn main\(/);
  });
});
