// Holds a kernel against its CPU twin over hundreds of shapes with one compilation and one submission.
//
// A kernel's sizes are `override` constants, so that every shape is a pipeline of its own, and a software adapter
// takes up to seconds to compile one. Here the constants are read from a uniform instead: the arithmetic and the
// indices are those of the file, only the moment at which the sizes become known differs. Each kernel's own test
// runs a few shapes with real constants too.
import { expect } from "vitest";
import {
  withSizes,
  type Bindings,
  type Kernel,
  type Pass,
  type Sizes,
  type TwinArrays,
} from "../../src/gpu/kernel.ts";
import { PASS_BYTES } from "../../src/gpu/pass-uniforms.ts";
import { expectClose, runTwin, testDevice } from "./kernel-harness.ts";
import { randomInteger } from "./random.ts";

export interface ShapeCase<S extends Sizes, B extends Bindings> {
  readonly sizes: S;
  readonly pass: Pass;
  readonly arrays: TwinArrays<B>;
}

/** Random shapes for each variant: enough that a remainder of every tile meets a remainder of every other. */
export const NUM_SHAPES = 200;

/** One, primes, powers of two and their neighbours: what leaves a tile nothing, one over or one short. */
const EDGES = [1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 31, 63, 64, 65, 127, 128, 129];

/** A size for a random shape: now and then an edge, else anything up to `high`. */
export function randomSize(random: () => number, high: number): number {
  if (random() < 0.75) return randomInteger(random, 1, high);
  return EDGES[randomInteger(random, 0, EDGES.length - 1)] ?? 1;
}

/** Workgroups that every WebGPU device allows in each dimension of a dispatch, and none is asked for more. */
export const MAX_WORKGROUPS = 65_535;

/**
 * Sizes for a shape, one for each side of a kernel's tile. Two shapes in five have up to two and a half tiles along
 * each side: whole tiles, one short, one over, a prime or anything. The others are small, which costs less.
 */
export function randomTiledSizes(random: () => number, tiles: readonly number[]): number[] {
  const isTiled = random() < 0.4;
  return tiles.map((tile) => (isTiled ? randomTiledSize(random, tile) : randomSize(random, 20)));
}

function randomTiledSize(random: () => number, tile: number): number {
  const kind = random();
  if (kind < 0.4) {
    return Math.max(1, randomInteger(random, 1, 2) * tile + randomInteger(random, -1, 1));
  }
  const high = Math.max(20, Math.ceil(2.5 * tile));
  if (kind < 0.6) return largestPrime(randomInteger(random, 2, high));
  return randomInteger(random, 1, high);
}

/** The largest prime up to `limit`, which is at least 2. */
function largestPrime(limit: number): number {
  for (let divisor = 2; divisor * divisor <= limit; divisor++) {
    if (limit % divisor === 0) return largestPrime(limit - 1);
  }
  return limit;
}

/** The tile of a kernel along one size: the largest power of two that takes one workgroup. */
export function tileOf(numWorkgroups: (size: number) => number): number {
  let tile = 1;
  while (numWorkgroups(2 * tile) === 1) tile *= 2;
  return tile;
}

/** The lanes that go along a row side by side, as the source calls them; 0 where a thread takes a row alone. */
function numLanes(source: string): number {
  return Number(/^const LANES = (\d+)u;/m.exec(source)?.[1] ?? 0);
}

/** A row's width; for a kernel whose lanes take a vector of four each, every third makes them turn twice or more. */
export function randomLaneWidth(random: () => number, source: string): number {
  const oneTurn = 4 * numLanes(source);
  if (oneTurn === 0 || random() < 2 / 3) return randomSize(random, 40);
  return randomInteger(random, oneTurn - 1, 600);
}

/** A sweep proves little where fewer cases than these reach a second workgroup, or the lanes a second turn. */
const ENOUGH = 20;
const ENOUGH_IN_ALL = 10;

/** Asserts that at least 20 cases need several workgroups along each of the axes, and 10 along all of them. */
export function expectSeveralWorkgroups<S extends Sizes, B extends Bindings>(
  kernel: Kernel<S, B>,
  cases: readonly ShapeCase<S, B>[],
  axes: string,
): void {
  const grids = cases.map(({ sizes, pass }) => kernel.workgroups(sizes, pass));
  const asked = axes.split("").map((axis) => grids.map((grid) => grid["xyz".indexOf(axis)]! > 1));
  for (const [place, isSeveral] of asked.entries()) {
    const label = `${kernel.id}: cases of several workgroups in ${axes[place]}`;
    expect(isSeveral.filter(Boolean).length, label).toBeGreaterThanOrEqual(ENOUGH);
  }
  const inAll = cases.filter((_case, index) => asked.every((isSeveral) => isSeveral[index]));
  expect(inAll.length, `${kernel.id}: cases of several in ${axes}`).toBeGreaterThanOrEqual(
    ENOUGH_IN_ALL,
  );
}

/** Asserts that in at least 20 cases the lanes of a workgroup go round their loop again. */
export function expectSeveralTurns<S extends Sizes, B extends Bindings>(
  kernel: Kernel<S, B>,
  cases: readonly ShapeCase<S, B>[],
  widthOf: (sizes: S) => number,
): void {
  const oneTurn = 4 * numLanes(kernel.source);
  if (oneTurn === 0) return;
  const wide = cases.filter(({ sizes }) => widthOf(sizes) > oneTurn);
  expect(wide.length, `${kernel.id}: cases of several turns`).toBeGreaterThanOrEqual(ENOUGH);
}

/**
 * A kernel in f16 with f32 in its place: a device without `shader-f16` can then check its indices, if not its
 * rounding.
 */
export function inSinglePrecision<S extends Sizes, B extends Bindings>(
  kernel: Kernel<S, B>,
): Kernel<S, B> {
  const source = kernel.source
    .replace("enable f16;", "")
    .replaceAll(/\bf16\b/g, "f32")
    .replaceAll(/\b(vec[234]|mat[234]x[234])h\b/g, "$1f");
  return { ...kernel, id: `${kernel.id} in f32`, source, features: [] };
}

/** WebGPU's default alignment of a binding's offset, storage or uniform. */
const ALIGNMENT = 256;

/**
 * Asserts that the GPU and the twin agree in every written binding of every case: u32 exactly, f32 within
 * `tolerance · max(1, |expected|)`.
 */
export async function expectTwinOverShapes<S extends Sizes, B extends Bindings>(
  kernel: Kernel<S, B>,
  cases: readonly ShapeCase<S, B>[],
  tolerance: number,
): Promise<void> {
  const results = await runCases(kernel, cases);
  cases.forEach(({ sizes, pass, arrays }, index) => {
    const expected = runTwin(kernel, sizes, pass, arrays);
    for (const [name, actual] of Object.entries(results[index]!)) {
      const label = `${kernel.id} ${name} ${JSON.stringify(sizes)}, ${pass.numRows} rows`;
      expectClose(label, actual, expected[name]!, tolerance);
    }
  });
  expect(results.length).toBe(cases.length);
}

interface Slice {
  readonly offset: number;
  readonly size: number;
}

/** One buffer for all that is read, one for all that is written: a buffer may not be both in a dispatch. */
interface Layout {
  readonly slices: readonly Readonly<Record<string, Slice>>[];
  readonly bytes: Readonly<Record<"read" | "read-write", number>>;
}

function layOut<S extends Sizes, B extends Bindings>(
  kernel: Kernel<S, B>,
  cases: readonly ShapeCase<S, B>[],
): Layout {
  const bytes = { read: 0, "read-write": 0 };
  const slices = cases.map(({ arrays }) =>
    Object.fromEntries(
      Object.entries(kernel.bindings).map(([name, { access }]) => {
        const size = Math.max(4, arrays[name]!.byteLength);
        const slice = { offset: bytes[access], size };
        bytes[access] += Math.ceil(size / ALIGNMENT) * ALIGNMENT;
        return [name, slice];
      }),
    ),
  );
  return { slices, bytes };
}

/** What the written bindings of each case hold afterwards. */
async function runCases<S extends Sizes, B extends Bindings>(
  kernel: Kernel<S, B>,
  cases: readonly ShapeCase<S, B>[],
): Promise<Record<string, Float32Array | Uint32Array>[]> {
  const device = await testDevice();
  const { slices, bytes } = layOut(kernel, cases);
  const storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffers = {
    read: device.createBuffer({ size: Math.max(4, bytes.read), usage: storage }),
    "read-write": device.createBuffer({ size: Math.max(4, bytes["read-write"]), usage: storage }),
  };
  cases.forEach(({ arrays }, index) => {
    for (const [name, { access }] of Object.entries(kernel.bindings)) {
      const data = arrays[name]! as Float32Array<ArrayBuffer>;
      device.queue.writeBuffer(buffers[access], slices[index]![name]!.offset, data);
    }
  });

  device.pushErrorScope("validation");
  const { code, constants } = sizesAsUniform(kernel);
  const pipeline = await createPipeline(device, kernel, code);
  const uniforms = uploadUniforms(device, kernel, cases, constants);
  const encoder = device.createCommandEncoder();
  const computePass = encoder.beginComputePass({ label: kernel.id });
  computePass.setPipeline(pipeline);
  cases.forEach(({ sizes, pass }, index) => {
    const names = Object.keys(kernel.bindings);
    const entries = names.map((name, binding) => {
      const { offset, size } = slices[index]![name]!;
      return {
        binding,
        resource: { buffer: buffers[kernel.bindings[name]!.access], offset, size },
      };
    });
    const passUniform = { buffer: uniforms, offset: 2 * ALIGNMENT * index, size: PASS_BYTES };
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [...entries, { binding: names.length, resource: passUniform }],
    });
    computePass.setBindGroup(0, group);
    const offset = 2 * ALIGNMENT * index + ALIGNMENT;
    const sizesUniform = { buffer: uniforms, offset, size: uniformBytes(constants) };
    computePass.setBindGroup(
      1,
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(1),
        entries: [{ binding: 0, resource: sizesUniform }],
      }),
    );
    computePass.dispatchWorkgroups(...withSizes(kernel, sizes).workgroups(pass));
  });
  computePass.end();
  const staging = device.createBuffer({
    size: buffers["read-write"].size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  encoder.copyBufferToBuffer(buffers["read-write"], 0, staging, 0, staging.size);
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(`${kernel.id}: ${error.message}`);
  await staging.mapAsync(GPUMapMode.READ);
  const written = staging.getMappedRange().slice(0);
  for (const buffer of [...Object.values(buffers), uniforms, staging]) buffer.destroy();
  return cases.map(({ arrays }, index) => {
    const outputs = Object.entries(kernel.bindings).filter(
      ([, { access }]) => access === "read-write",
    );
    return Object.fromEntries(
      outputs.map(([name, { element }]) => {
        const View = element === "f32" ? Float32Array : Uint32Array;
        return [name, new View(written, slices[index]![name]!.offset, arrays[name]!.length)];
      }),
    );
  });
}

function createPipeline<S extends Sizes, B extends Bindings>(
  device: GPUDevice,
  kernel: Kernel<S, B>,
  code: string,
): Promise<GPUComputePipeline> {
  const visibility = GPUShaderStage.COMPUTE;
  const storage = Object.values(kernel.bindings).map(({ access }, binding) => ({
    binding,
    visibility,
    buffer: { type: access === "read" ? "read-only-storage" : "storage" } as const,
  }));
  const uniform = { visibility, buffer: { type: "uniform" } } as const;
  const groups = [
    [...storage, { binding: storage.length, ...uniform }],
    [{ binding: 0, ...uniform }],
  ].map((entries) => device.createBindGroupLayout({ entries }));
  return device.createComputePipelineAsync({
    label: kernel.id,
    layout: device.createPipelineLayout({ bindGroupLayouts: groups }),
    compute: { module: device.createShaderModule({ code }), entryPoint: "main" },
  });
}

interface Constant {
  readonly name: string;
  readonly type: "u32" | "f32";
}

function uniformBytes(constants: readonly Constant[]): number {
  return Math.max(16, Math.ceil(constants.length / 4) * 16);
}

/** For each case two slots: its pass, then its sizes. */
function uploadUniforms<S extends Sizes, B extends Bindings>(
  device: GPUDevice,
  kernel: Kernel<S, B>,
  cases: readonly ShapeCase<S, B>[],
  constants: readonly Constant[],
): GPUBuffer {
  const words = new DataView(new ArrayBuffer(2 * ALIGNMENT * cases.length));
  cases.forEach(({ sizes, pass }, index) => {
    const start = 2 * ALIGNMENT * index;
    words.setUint32(start, pass.numRows, true);
    words.setUint32(start + 4, pass.firstRow, true);
    const values = kernel.constants(sizes);
    constants.forEach(({ name, type }, place) => {
      const value = values[name] ?? Number.NaN;
      const offset = start + ALIGNMENT + 4 * place;
      if (type === "u32") words.setUint32(offset, value, true);
      else words.setFloat32(offset, value, true);
    });
  });
  const buffer = device.createBuffer({
    size: words.byteLength,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(buffer, 0, words.buffer);
  return buffer;
}

/** The kernel's source with `sizes_.NAME` wherever it names an override, and what the uniform must hold. */
function sizesAsUniform<S extends Sizes, B extends Bindings>(
  kernel: Kernel<S, B>,
): { code: string; constants: Constant[] } {
  const constants: Constant[] = [];
  const replacements: { readonly name: string; readonly text: string }[] = [];
  const replaceIn = (text: string) =>
    replacements.reduce(
      (replaced, { name, text: by }) => replaced.replaceAll(new RegExp(`\\b${name}\\b`, "g"), by),
      text,
    );
  const declaration = /^override (\w+) : (u32|f32)(?: = ([^;]+))?;.*$/gm;
  const body = kernel.source.replaceAll(declaration, (...parts) => {
    const [, name, type, initial]: string[] = parts;
    if (initial === undefined) constants.push({ name: name!, type: type as Constant["type"] });
    const text = initial === undefined ? `sizes_.${name}` : `(${replaceIn(initial)})`;
    replacements.push({ name: name!, text });
    return "";
  });
  if (body.includes("override ")) throw new Error(`${kernel.id}: an override escaped the sweep.`);
  const members = constants.length === 0 ? [{ name: "none", type: "u32" }] : constants;
  const struct = members.map(({ name, type }) => `${name} : ${type}`).join(", ");
  const code = `${replaceIn(body)}
struct Sizes_ { ${struct} }
@group(1) @binding(0) var<uniform> sizes_ : Sizes_;
`;
  return { code, constants };
}
