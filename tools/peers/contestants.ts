// All who take part, on whatever WebGPU is at hand. One that does not start is named with the reason.
import type { Backend } from "../../src/gpu/backend.ts";
import type { Contestant } from "./contest.ts";
import { openJax } from "./jax.ts";
import { openOnnx } from "./onnx.ts";
import { createOurs } from "./ours.ts";
import { openTfjs } from "./tfjs.ts";

/** By package. */
export type Versions = Readonly<Record<"tfjs" | "jax" | "onnxruntime", string>>;

export async function openContestants(
  backend: Backend,
  versions: Versions,
  wasmFolder: string | undefined,
): Promise<Contestant[]> {
  return [
    createOurs(backend),
    await openOrAbsent("tfjs", `tfjs-backend-webgpu ${versions.tfjs}`, () =>
      openTfjs(versions.tfjs),
    ),
    await openOrAbsent("jax", `jax-js ${versions.jax}`, () => openJax(versions.jax)),
    await openOrAbsent("onnxruntime", `onnxruntime-web ${versions.onnxruntime}`, () =>
      openOnnx(versions.onnxruntime, wasmFolder),
    ),
  ];
}

async function openOrAbsent(
  id: string,
  name: string,
  open: () => Promise<Contestant>,
): Promise<Contestant> {
  try {
    return await open();
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    return { id, name, prepare: () => Promise.reject(new Error(sentence)) };
  }
}
