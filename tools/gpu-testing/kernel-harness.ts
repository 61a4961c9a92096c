// Runs one kernel on a real WebGPU implementation and holds the result against its CPU twin.
import { expect } from "vitest";
import { PipelineCache } from "../../src/gpu/pipelines.ts";
import { PASS_BYTES } from "../../src/gpu/pass-uniforms.ts";
import {
  withSizes,
  type Bindings,
  type Kernel,
  type Pass,
  type Sizes,
  type TwinArrays,
} from "../../src/gpu/kernel.ts";
import { createNodeGpu } from "../dawn.ts";

let devicePromise: Promise<GPUDevice> | undefined;

/** One device for a whole test file. Throws with a sentence where Dawn finds no driver. */
export function testDevice(): Promise<GPUDevice> {
  devicePromise ??= openTestDevice();
  return devicePromise;
}

async function openTestDevice(): Promise<GPUDevice> {
  const adapter = await createNodeGpu({ hasDirtyWorkgroupMemory: true }).requestAdapter();
  if (!adapter) throw new Error("No WebGPU adapter in Node: run the tests through `npm test`.");
  const wanted = ["shader-f16", "subgroups", "timestamp-query"] as const;
  return adapter.requestDevice({
    label: "kernel tests",
    requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
  });
}

const pipelines = new WeakMap<GPUDevice, PipelineCache>();

function pipelineCache(device: GPUDevice): PipelineCache {
  const known = pipelines.get(device) ?? new PipelineCache(device);
  pipelines.set(device, known);
  return known;
}

/** Runs a kernel on the GPU; returns fresh arrays holding every binding's content afterwards. */
export async function runOnGpu<S extends Sizes, B extends Bindings>(
  kernel: Kernel<S, B>,
  sizes: S,
  pass: Pass,
  arrays: TwinArrays<B>,
): Promise<TwinArrays<B>> {
  const device = await testDevice();
  const sized = withSizes(kernel, sizes);
  device.pushErrorScope("validation");
  const { pipeline, layout } = await pipelineCache(device).get(sized);
  const names = Object.keys(kernel.bindings);
  const buffers = names.map((name) => upload(device, name, arrays[name]!));
  const uniform = device.createBuffer({
    label: "pass",
    size: 256,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(uniform, 0, new Uint32Array([pass.numRows, pass.firstRow]));
  const group = device.createBindGroup({
    layout,
    entries: [
      ...buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
      { binding: buffers.length, resource: { buffer: uniform, size: PASS_BYTES } },
    ],
  });
  const encoder = device.createCommandEncoder();
  const computePass = encoder.beginComputePass({ label: kernel.id });
  computePass.setPipeline(pipeline);
  computePass.setBindGroup(0, group, [0]);
  computePass.dispatchWorkgroups(...sized.workgroups(pass));
  computePass.end();
  const staged = buffers.map((buffer) => {
    const copy = device.createBuffer({
      size: buffer.size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(`${kernel.id}: ${error.message}`);
  const results = await Promise.all(
    staged.map(async (copy, index) => {
      await copy.mapAsync(GPUMapMode.READ);
      const name = names[index]!;
      const View = kernel.bindings[name]!.element === "f32" ? Float32Array : Uint32Array;
      const data = new View(copy.getMappedRange().slice(0)).slice(0, arrays[name]!.length);
      copy.destroy();
      return [name, data] as const;
    }),
  );
  for (const buffer of [...buffers, uniform]) buffer.destroy();
  return Object.fromEntries(results) as TwinArrays<B>;
}

function upload(device: GPUDevice, label: string, data: Float32Array | Uint32Array): GPUBuffer {
  const buffer = device.createBuffer({
    label,
    size: Math.max(4, data.byteLength),
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  });
  device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
  return buffer;
}

/** Runs the kernel's CPU twin on copies; returns every binding's content afterwards. */
export function runTwin<S extends Sizes, B extends Bindings>(
  kernel: Kernel<S, B>,
  sizes: S,
  pass: Pass,
  arrays: TwinArrays<B>,
): TwinArrays<B> {
  const copies = Object.fromEntries(
    Object.entries(arrays).map(([name, data]) => [name, data.slice()]),
  ) as TwinArrays<B>;
  kernel.twin(copies, sizes, pass);
  return copies;
}

/**
 * Asserts that the GPU and the twin agree in every binding: u32 exactly, f32 within
 * `tolerance · max(1, |expected|)`.
 */
export async function expectGpuEqualsTwin<S extends Sizes, B extends Bindings>(
  kernel: Kernel<S, B>,
  sizes: S,
  pass: Pass,
  arrays: TwinArrays<B>,
  tolerance: number,
): Promise<void> {
  const actual = await runOnGpu(kernel, sizes, pass, arrays);
  const expected = runTwin(kernel, sizes, pass, arrays);
  for (const name of Object.keys(kernel.bindings)) {
    expectClose(
      `${kernel.id} ${name} ${JSON.stringify(sizes)}`,
      actual[name]!,
      expected[name]!,
      tolerance,
    );
  }
}

/** Asserts that two arrays agree: u32 exactly, f32 within `tolerance · max(1, |expected|)`. */
export function expectClose(
  label: string,
  actual: Float32Array | Uint32Array,
  expected: Float32Array | Uint32Array,
  tolerance: number,
): void {
  expect(actual.length, label).toBe(expected.length);
  const allowed = expected instanceof Uint32Array ? 0 : tolerance;
  for (let index = 0; index < expected.length; index++) {
    const [a, e] = [actual[index]!, expected[index]!];
    // Written so that a NaN on either side fails.
    if (Object.is(a, e) || Math.abs(a - e) <= allowed * Math.max(1, Math.abs(e))) continue;
    expect.fail(`${label}: element ${index} is ${a}, its twin says ${e}`);
  }
}
