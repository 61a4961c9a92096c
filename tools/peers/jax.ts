// jax-js as a contestant: every work is one jitted function, its arrays on WebGPU from the start. In its calls an
// array is used up by the function that it is given to, and `ref` keeps it.
import type * as Jax from "@jax-js/jax";
import type { Contestant, Runner } from "./contest.ts";
import { ropeTable } from "../../src/model/rope-table.ts";
import { pastOf, transposed, type DecodeWork, type MatmulWork } from "./work.ts";

type JaxModule = typeof Jax;

export async function openJax(version: string): Promise<Contestant> {
  const jax = await import("@jax-js/jax");
  const devices = await jax.init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("its WebGPU backend does not start here");
  jax.defaultDevice("webgpu");
  return {
    id: "jax",
    name: `jax-js ${version}`,
    prepare: (work) =>
      work.kind === "matmul" ? Promise.resolve(prepareMatmul(jax, work)) : prepareDecode(jax, work),
  };
}

/** @param call - one repeat; it returns what the device is to have finished. */
function createRunner<R extends Jax.Tree>(
  jax: JaxModule,
  call: () => R,
  output: (result: R) => Jax.Array,
  operands: Jax.Tree,
): Runner {
  let last: R | undefined;
  return {
    run: async (numRepeats) => {
      if (last !== undefined) jax.tree.dispose(last);
      const results = Array.from({ length: numRepeats }, call);
      await jax.blockUntilReady(results);
      last = results.pop();
      for (const result of results) jax.tree.dispose(result);
    },
    read: () => {
      if (last === undefined) throw new Error("There is no output yet.");
      return output(last).ref.data();
    },
    free: () => {
      if (last !== undefined) jax.tree.dispose(last);
      jax.tree.dispose(operands);
    },
  };
}

function prepareMatmul(jax: JaxModule, work: MatmulWork): Runner {
  const { numRows, inputWidth, outputWidth } = work;
  const np = jax.numpy;
  const input = np.array(work.input, { shape: [numRows, inputWidth] });
  const turned = transposed(work.weights, outputWidth, inputWidth);
  const weights = np.array(turned, { shape: [inputWidth, outputWidth] });
  const multiply = jax.jit((one: Jax.Array, other: Jax.Array) => np.matmul(one, other));
  const call = () => multiply(input.ref, weights.ref);
  return createRunner(jax, call, (result) => result, [input, weights]);
}

// A type alias: jax-js' trees are index signatures, which interfaces do not fit.
type LayerTree = {
  readonly attentionNorm: Jax.Array;
  readonly query: Jax.Array;
  readonly key: Jax.Array;
  readonly value: Jax.Array;
  readonly attentionOutput: Jax.Array;
  readonly feedForwardNorm: Jax.Array;
  readonly gate: Jax.Array;
  readonly up: Jax.Array;
  readonly down: Jax.Array;
  readonly pastKeys: Jax.Array;
  readonly pastValues: Jax.Array;
};

type ModelTree = {
  readonly table: Jax.Array;
  readonly finalNorm: Jax.Array;
  readonly head: Jax.Array;
  readonly layers: LayerTree[];
  /** f32[1, H/2] each, at the step's position. */
  readonly cosines: Jax.Array;
  readonly sines: Jax.Array;
  readonly token: Jax.Array;
};

async function prepareDecode(jax: JaxModule, work: DecodeWork): Promise<Runner> {
  const model = await createModel(jax, work);
  const step = jax.jit((operands: ModelTree) => decodeStep(jax, work, operands));
  const call = () => step(jax.tree.ref(model));
  return createRunner(jax, call, ({ logits }) => logits, model);
}

async function createModel(jax: JaxModule, work: DecodeWork): Promise<ModelTree> {
  const { config, weights, tokens, position } = work;
  const { width, hiddenWidth, numHeads, numKvHeads, headWidth, vocabulary, numLayers } =
    config.shape;
  const np = jax.numpy;
  const vector = async (name: string) =>
    np.array(await weights.get(name, [width]), { shape: [width] });
  const matrix = async (name: string, outputs: number, inputs: number) =>
    np.array(transposed(await weights.get(name, [outputs, inputs]), outputs, inputs), {
      shape: [inputs, outputs],
    });
  const past = (layer: number, which: "keys" | "values") =>
    np.array(pastOf(work, layer, which), { shape: [numKvHeads, position, headWidth] });
  const layers: LayerTree[] = [];
  for (let layer = 0; layer < numLayers; layer++) {
    const prefix = `model.layers.${layer}`;
    const attention = `${prefix}.self_attn`;
    layers.push({
      attentionNorm: await vector(`${prefix}.input_layernorm.weight`),
      query: await matrix(`${attention}.q_proj.weight`, numHeads * headWidth, width),
      key: await matrix(`${attention}.k_proj.weight`, numKvHeads * headWidth, width),
      value: await matrix(`${attention}.v_proj.weight`, numKvHeads * headWidth, width),
      attentionOutput: await matrix(`${attention}.o_proj.weight`, width, numHeads * headWidth),
      feedForwardNorm: await vector(`${prefix}.post_attention_layernorm.weight`),
      gate: await matrix(`${prefix}.mlp.gate_proj.weight`, hiddenWidth, width),
      up: await matrix(`${prefix}.mlp.up_proj.weight`, hiddenWidth, width),
      down: await matrix(`${prefix}.mlp.down_proj.weight`, width, hiddenWidth),
      pastKeys: past(layer, "keys"),
      pastValues: past(layer, "values"),
    });
  }
  const tableName = "model.embed_tokens.weight";
  const headName = config.shape.isTied ? tableName : "lm_head.weight";
  const half = headWidth / 2;
  const turns = ropeTable(config, position + 1).subarray(position * headWidth);
  return {
    table: np.array(await weights.get(tableName, [vocabulary, width]), {
      shape: [vocabulary, width],
    }),
    finalNorm: await vector("model.norm.weight"),
    head: await matrix(headName, vocabulary, width),
    layers,
    cosines: np.array(turns.slice(0, half), { shape: [1, half] }),
    sines: np.array(turns.slice(half, 2 * half), { shape: [1, half] }),
    token: np.array(Int32Array.of(tokens.at(-1) ?? 0), { shape: [1], dtype: "int32" }),
  };
}

/** The same operations as the engine's unfused path; what jit fuses of them is its affair. */
function decodeStep(jax: JaxModule, { config }: DecodeWork, model: ModelTree) {
  const np = jax.numpy;
  const { normEpsilon, shape } = config;
  const { numHeads, numKvHeads, headWidth } = shape;
  const norm = (x: Jax.Array, weight: Jax.Array) => {
    const meanSquare = np.mean(np.square(x.ref), -1, { keepdims: true });
    return x.div(np.sqrt(meanSquare.add(normEpsilon))).mul(weight);
  };
  const rotate = (heads: Jax.Array) => {
    const [low, high] = np.split(heads, 2, -1);
    if (low === undefined || high === undefined) throw new Error("A head has no halves.");
    const { cosines, sines } = model;
    return np.concatenate(
      [
        low.ref.mul(cosines.ref).sub(high.ref.mul(sines.ref)),
        high.mul(cosines.ref).add(low.mul(sines.ref)),
      ],
      -1,
    );
  };
  const caches: Jax.Array[] = [];
  const attend = (x: Jax.Array, layer: LayerTree) => {
    const queries = rotate(np.matmul(x.ref, layer.query).reshape([numHeads, headWidth]));
    const key = rotate(np.matmul(x.ref, layer.key).reshape([numKvHeads, headWidth]));
    const value = np.matmul(x, layer.value);
    const one = [numKvHeads, 1, headWidth];
    const keys = np.concatenate([layer.pastKeys, key.reshape(one)], 1);
    const values = np.concatenate([layer.pastValues, value.reshape(one)], 1);
    caches.push(keys.ref, values.ref);
    const grouped = queries.reshape([numKvHeads, numHeads / numKvHeads, headWidth]);
    const scores = np.matmul(grouped, np.matrixTranspose(keys)).mul(1 / Math.sqrt(headWidth));
    const attended = np.matmul(jax.nn.softmax(scores, -1), values);
    return np.matmul(attended.reshape([1, numHeads * headWidth]), layer.attentionOutput);
  };
  let hidden = np.take(model.table, model.token, 0);
  for (const layer of model.layers) {
    hidden = hidden.ref.add(attend(norm(hidden, layer.attentionNorm), layer));
    const normed = norm(hidden.ref, layer.feedForwardNorm);
    const gate = jax.nn.silu(np.matmul(normed.ref, layer.gate));
    hidden = hidden.add(np.matmul(gate.mul(np.matmul(normed, layer.up)), layer.down));
  }
  model.cosines.dispose();
  model.sines.dispose();
  const logits = np.matmul(norm(hidden, model.finalNorm), model.head);
  return { logits: logits.ref, next: np.argmax(logits, -1), caches };
}
