// TensorFlow.js on its WebGPU backend as a contestant. It has no compiled graphs, so it joins the products only.
import type * as Tf from "@tensorflow/tfjs-core";
import type { Contestant, Runner } from "./contest.ts";
import { transposed, type MatmulWork } from "./work.ts";

export async function openTfjs(version: string): Promise<Contestant> {
  const tf = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-backend-webgpu");
  if (!(await tf.setBackend("webgpu"))) throw new Error("its WebGPU backend does not start here");
  await tf.ready();
  return {
    id: "tfjs",
    name: `tfjs-backend-webgpu ${version}`,
    prepare: (work) => {
      if (work.kind === "matmul") return Promise.resolve(prepareMatmul(tf, work));
      throw new Error("not asked: it has no compiled graphs");
    },
  };
}

function prepareMatmul(tf: typeof Tf, work: MatmulWork): Runner {
  const { numRows, inputWidth, outputWidth } = work;
  const input = tf.tensor2d(work.input, [numRows, inputWidth]);
  const turned = transposed(work.weights, outputWidth, inputWidth);
  const weights = tf.tensor2d(turned, [inputWidth, outputWidth]);
  const backend = tf.backend();
  let output = tf.matMul(input, weights);
  return {
    run: async (numRepeats) => {
      for (let repeat = 0; repeat < numRepeats; repeat++) {
        output.dispose();
        output = tf.matMul(input, weights);
      }
      // What the backend itself does before it reads a result.
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      backend.submitQueue();
      await backend.device.queue.onSubmittedWorkDone();
    },
    read: () => output.data(),
    free: () => [input, weights, output].forEach((tensor) => tensor.dispose()),
  };
}
