// onnxruntime-web on its WebGPU backend as a contestant: a graph made for each work, operands and results in GPU
// buffers, so that nothing is copied to the host inside a sample.
import type * as Ort from "onnxruntime-web/webgpu";
import type { Contestant, Runner } from "./contest.ts";
import { encodeModel, type OnnxGraph } from "./onnx-file.ts";
import { decodeGraph, matmulGraph } from "./onnx-graphs.ts";
import { pastOf, type DecodeWork, type MatmulWork, type Work } from "./work.ts";

type OrtModule = typeof Ort;

/** @param wasmFolder - address of the folder that holds its WebAssembly; undefined in Node. */
export async function openOnnx(
  version: string,
  wasmFolder: string | undefined,
): Promise<Contestant> {
  // Tried on Node 20 with Dawn as navigator.gpu: sessions fail with "Invalid argument".
  if (wasmFolder === undefined) throw new Error("its WebGPU backend runs in browsers only");
  const ort = await import("onnxruntime-web/webgpu");
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = 1; // the host's part of a WebGPU session has one thread anyhow
  ort.env.wasm.wasmPaths = wasmFolder;
  ort.env.webgpu.powerPreference = "high-performance";
  return {
    id: "onnxruntime",
    name: `onnxruntime-web ${version}`,
    prepare: (work) => prepare(ort, work),
  };
}

async function prepare(ort: OrtModule, work: Work): Promise<Runner> {
  const graph = work.kind === "matmul" ? matmulGraph(work) : await decodeGraph(work);
  const session = await ort.InferenceSession.create(encodeModel(graph), {
    executionProviders: ["webgpu"],
    preferredOutputLocation: "gpu-buffer",
  });
  const device = await ort.env.webgpu.device;
  const buffers: GPUBuffer[] = [];
  const onDevice = (data: Float32Array<ArrayBuffer>, dims: readonly number[]) => {
    const buffer = uploaded(device, data);
    buffers.push(buffer);
    return ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims });
  };
  const feeds =
    work.kind === "matmul" ? matmulFeeds(work, onDevice) : decodeFeeds(ort, work, graph, onDevice);
  const name = work.kind === "matmul" ? "output" : "logits";
  let last: Record<string, Ort.Tensor> = {};
  const dispose = (results: typeof last) =>
    Object.values(results).forEach((tensor) => tensor.dispose());
  return {
    run: async (numRepeats) => {
      for (let repeat = 0; repeat < numRepeats; repeat++) {
        dispose(last);
        last = await session.run(feeds);
      }
      await device.queue.onSubmittedWorkDone();
    },
    read: async () => Float32Array.from((await last[name]?.getData()) ?? []),
    free: () => {
      dispose(last);
      buffers.forEach((buffer) => buffer.destroy());
      void session.release();
    },
  };
}

type OnDevice = (data: Float32Array<ArrayBuffer>, dims: readonly number[]) => Ort.Tensor;

function matmulFeeds({ input, numRows, inputWidth }: MatmulWork, onDevice: OnDevice) {
  return { input: onDevice(input, [numRows, inputWidth]) };
}

function decodeFeeds(
  ort: OrtModule,
  work: DecodeWork,
  graph: OnnxGraph,
  onDevice: OnDevice,
): Record<string, Ort.Tensor> {
  const { tokens, position, config } = work;
  const { numKvHeads, headWidth } = config.shape;
  const pasts = graph.inputs
    .filter(({ name }) => name.startsWith("past "))
    .map(({ name }) => {
      const [, which, layer] = name.split(" ");
      const past = pastOf(work, Number(layer), which === "keys" ? "keys" : "values");
      return [name, onDevice(past, [1, numKvHeads, position, headWidth])] as const;
    });
  return {
    token: new ort.Tensor("int64", BigInt64Array.of(BigInt(tokens.at(-1) ?? 0)), [1, 1]),
    last: new ort.Tensor("int32", Int32Array.of(position), [1, 1]),
    total: new ort.Tensor("int32", Int32Array.of(position + 1), [1]),
    ...Object.fromEntries(pasts),
  };
}

function uploaded(device: GPUDevice, data: Float32Array<ArrayBuffer>): GPUBuffer {
  const buffer = device.createBuffer({
    size: Math.ceil(data.byteLength / 16) * 16,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  });
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}
