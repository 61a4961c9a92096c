// The works as ONNX graphs. The decode step is built as Microsoft's own exporter builds Llama models: grouped-query
// attention with its KV cache and its rotary embedding in one operator, and a norm that also adds the residual.
import { ropeTable } from "../../src/model/rope-table.ts";
import type { OnnxGraph, OnnxNode, OnnxWeights } from "./onnx-file.ts";
import { transposed, type DecodeWork, type MatmulWork } from "./work.ts";

const MICROSOFT = "com.microsoft";

export function matmulGraph({ numRows, inputWidth, outputWidth, weights }: MatmulWork): OnnxGraph {
  return {
    nodes: [{ type: "MatMul", inputs: ["input", "weights"], outputs: ["output"] }],
    weights: [
      {
        name: "weights",
        element: "float32",
        dims: [inputWidth, outputWidth],
        data: transposed(weights, outputWidth, inputWidth),
      },
    ],
    inputs: [{ name: "input", element: "float32", dims: [numRows, inputWidth] }],
    outputs: [{ name: "output", element: "float32", dims: [numRows, outputWidth] }],
  };
}

/** Graph inputs of the decode step beside the cache: what a host sends for each token. */
export const STEP_INPUTS = [
  { name: "token", element: "int64", dims: [1, 1] },
  // Tokens in the sequence less one, on the device; and all of them, on the host.
  { name: "last", element: "int32", dims: [1, 1] },
  { name: "total", element: "int32", dims: [1] },
] as const;

export async function decodeGraph(work: DecodeWork): Promise<OnnxGraph> {
  const { shape } = work.config;
  const { numLayers, numKvHeads, headWidth, vocabulary } = shape;
  const layers = Array.from({ length: numLayers }, (_, layer) => layer);
  const ofLayers = (prefix: string) =>
    layers.flatMap((layer) =>
      ["keys", "values"].map((which) => ({
        name: `${prefix} ${which} ${layer}`,
        element: "float32" as const,
        dims: [1, numKvHeads, `${prefix} length`, headWidth],
      })),
    );
  return {
    nodes: [
      { type: "Gather", inputs: ["table", "token"], outputs: ["hidden 0"] },
      {
        type: "SimplifiedLayerNormalization",
        inputs: ["hidden 0", "attention norm 0"],
        outputs: ["normed 0"],
        ...normAttributes(work),
      },
      ...layers.flatMap((layer) => layerNodes(work, layer)),
      { type: "MatMul", inputs: [`normed ${numLayers}`, "head"], outputs: ["logits"] },
      {
        type: "ArgMax",
        inputs: ["logits"],
        outputs: ["next"],
        integers: { axis: 2, keepdims: 0 },
      },
    ],
    weights: await decodeWeights(work),
    inputs: [...STEP_INPUTS, ...ofLayers("past")],
    outputs: [
      { name: "logits", element: "float32", dims: [1, 1, vocabulary] },
      { name: "next", element: "int64", dims: [1, 1] },
      ...ofLayers("present"),
    ],
  };
}

function normAttributes({ config }: DecodeWork) {
  return { floats: { epsilon: config.normEpsilon } };
}

function multiply(input: string, weights: string, output: string): OnnxNode {
  return { type: "MatMul", inputs: [input, weights], outputs: [output] };
}

/** From `hidden n` and its norm, `normed n`, to those of the next layer. */
function layerNodes(work: DecodeWork, layer: number): OnnxNode[] {
  const { numHeads, numKvHeads, numLayers } = work.config.shape;
  const own = (name: string) => `${name} ${layer}`;
  const next = layer + 1;
  const nextNorm = next === numLayers ? "final norm" : `attention norm ${next}`;
  const addAndNorm = (inputs: readonly string[], normed: string, sum: string): OnnxNode => ({
    type: "SkipSimplifiedLayerNormalization",
    domain: MICROSOFT,
    inputs,
    outputs: [normed, "", "", sum],
    ...normAttributes(work),
  });
  return [
    multiply(own("normed"), own("qkv weights"), own("qkv")),
    {
      type: "GroupQueryAttention",
      domain: MICROSOFT,
      inputs: [own("qkv"), "", "", own("past keys"), own("past values"), "last", "total"].concat([
        "cosines",
        "sines",
      ]),
      outputs: [own("attended"), own("present keys"), own("present values")],
      integers: { num_heads: numHeads, kv_num_heads: numKvHeads, do_rotary: 1 },
    },
    multiply(own("attended"), own("projection weights"), own("projection")),
    addAndNorm(
      [own("hidden"), own("projection"), own("feed-forward norm")],
      own("middle normed"),
      own("middle"),
    ),
    multiply(own("middle normed"), own("gate weights"), own("gate")),
    multiply(own("middle normed"), own("up weights"), own("up")),
    { type: "Sigmoid", inputs: [own("gate")], outputs: [own("sigmoid")] },
    { type: "Mul", inputs: [own("gate"), own("sigmoid")], outputs: [own("silu")] },
    { type: "Mul", inputs: [own("silu"), own("up")], outputs: [own("activated")] },
    multiply(own("activated"), own("down weights"), own("down")),
    addAndNorm([own("middle"), own("down"), nextNorm], `normed ${next}`, `hidden ${next}`),
  ];
}

async function decodeWeights({ config, weights, position }: DecodeWork): Promise<OnnxWeights[]> {
  const { width, hiddenWidth, numHeads, numKvHeads, headWidth, vocabulary, numLayers, isTied } =
    config.shape;
  const vector = async (name: string, tensor: string): Promise<OnnxWeights> => ({
    name,
    element: "float32",
    dims: [width],
    data: await weights.get(`${tensor}.weight`, [width]),
  });
  /** [I, O]; several tensors stand side by side. */
  const matrix = async (
    name: string,
    inputs: number,
    parts: readonly (readonly [tensor: string, outputs: number])[],
  ): Promise<OnnxWeights> => {
    const tensors = await Promise.all(
      parts.map(([tensor, outputs]) => weights.get(`${tensor}.weight`, [outputs, inputs])),
    );
    const rows = tensors.flatMap((tensor) => [...tensor]);
    const outputs = parts.reduce((sum, part) => sum + part[1], 0);
    const data = transposed(Float32Array.from(rows), outputs, inputs);
    return { name, element: "float32", dims: [inputs, outputs], data };
  };
  const all: OnnxWeights[] = [];
  for (let layer = 0; layer < numLayers; layer++) {
    const prefix = `model.layers.${layer}`;
    const attention = `${prefix}.self_attn`;
    const kvWidth = numKvHeads * headWidth;
    all.push(
      await vector(`attention norm ${layer}`, `${prefix}.input_layernorm`),
      await matrix(`qkv weights ${layer}`, width, [
        [`${attention}.q_proj`, numHeads * headWidth],
        [`${attention}.k_proj`, kvWidth],
        [`${attention}.v_proj`, kvWidth],
      ]),
      await matrix(`projection weights ${layer}`, numHeads * headWidth, [
        [`${attention}.o_proj`, width],
      ]),
      await vector(`feed-forward norm ${layer}`, `${prefix}.post_attention_layernorm`),
      await matrix(`gate weights ${layer}`, width, [[`${prefix}.mlp.gate_proj`, hiddenWidth]]),
      await matrix(`up weights ${layer}`, width, [[`${prefix}.mlp.up_proj`, hiddenWidth]]),
      await matrix(`down weights ${layer}`, hiddenWidth, [[`${prefix}.mlp.down_proj`, width]]),
    );
  }
  const table = await weights.get("model.embed_tokens.weight", [vocabulary, width]);
  const head = isTied ? "model.embed_tokens" : "lm_head";
  return [
    ...all,
    { name: "table", element: "float32", dims: [vocabulary, width], data: table },
    await vector("final norm", "model.norm"),
    await matrix("head", width, [[head, vocabulary]]),
    ...turns(config, position + 1),
  ];
}

/** Cosines and sines apart, f32[positions, H/2] each. */
function turns(config: DecodeWork["config"], numPositions: number): OnnxWeights[] {
  const { headWidth } = config.shape;
  const half = headWidth / 2;
  const table = ropeTable(config, numPositions);
  return ["cosines", "sines"].map((name, which) => ({
    name,
    element: "float32",
    dims: [numPositions, half],
    data: Float32Array.from({ length: numPositions * half }, (_, index) => {
      const [position, pair] = [Math.floor(index / half), index % half];
      return table[position * headWidth + which * half + pair] ?? 0;
    }),
  }));
}
