// The forward pass as a list of dispatches. This file is where the three switches (cache, fusion, KV layout)
// become different kernels; what the cache switch changes is only which rows a pass is given.
import type { DeviceArray, Operation } from "../gpu/backend.ts";
import { withSizes, type Bindings, type Kernel, type Sizes } from "../gpu/kernel.ts";
import { advanceStep } from "../../shaders/advance/kernel.ts";
import { argmaxRow } from "../../shaders/argmax/kernel.ts";
import {
  attentionScoresContiguous,
  attentionScoresPaged,
} from "../../shaders/attention-scores/kernel.ts";
import {
  attentionValuesContiguous,
  attentionValuesPaged,
} from "../../shaders/attention-values/kernel.ts";
import { embeddingLookup } from "../../shaders/embedding/kernel.ts";
import { kvAppendContiguous, kvAppendPaged } from "../../shaders/kv-append/kernel.ts";
import { residualAdd } from "../../shaders/residual/kernel.ts";
import { ropeRotateHalves } from "../../shaders/rope/kernel.ts";
import { sampleTopKTopP } from "../../shaders/sample/kernel.ts";
import { selectRows } from "../../shaders/select-rows/kernel.ts";
import { swiglu } from "../../shaders/swiglu/kernel.ts";
import type { DeviceModel, LayerArrays } from "./device-model.ts";
import type { Sampling } from "./engine.ts";
import type { KernelChoice } from "./kernel-choice.ts";
import { BLOCK_SIZE, numSlots, type RunArrays, type RunShape } from "./run-arrays.ts";

/** Everything that the plan of a run depends on. */
export interface PlanContext {
  readonly model: DeviceModel;
  readonly run: RunShape;
  readonly arrays: RunArrays;
}

function dispatch<S extends Sizes, B extends Bindings>(
  label: string,
  kernel: Kernel<S, B>,
  sizes: S,
  arrays: { readonly [Name in keyof B & string]: DeviceArray },
): Operation {
  return { label, kernel: withSizes(kernel, sizes), arrays };
}

/**
 * Embedding and all layers, for the rows of a row table: from token ids to the residual stream.
 *
 * @param rows - `decodeRows` (the newest token of each sequence) or `tableRows` (prompts, or everything).
 */
export function forwardOperations(
  context: PlanContext,
  rows: DeviceArray,
  choice: KernelChoice,
): Operation[] {
  const { model, run, arrays } = context;
  const { width } = model.config.shape;
  const embedding = dispatch(
    "embedding",
    embeddingLookup,
    { width, capacity: run.capacity },
    { tokens: arrays.tokens, rows, table: model.table, hidden: arrays.hidden },
  );
  const layers = model.layers.flatMap((weights, layer) =>
    run.path.fusion
      ? fusedLayer(context, { weights, layer, rows, choice })
      : unfusedLayer(context, { weights, layer, rows, choice }),
  );
  return [embedding, ...layers];
}

interface LayerContext {
  readonly weights: LayerArrays;
  readonly layer: number;
  readonly rows: DeviceArray;
  readonly choice: KernelChoice;
}

function attentionSizes({ model, run }: PlanContext) {
  const { numHeads, numKvHeads, headWidth } = model.config.shape;
  return {
    numHeads,
    numKvHeads,
    headWidth,
    capacity: run.capacity,
    numSlots: numSlots(run),
    blockSize: BLOCK_SIZE,
  };
}

function getCache({ arrays }: PlanContext, layer: number): DeviceArray {
  const cache = arrays.caches[layer];
  if (!cache) throw new RangeError(`There is no KV cache for layer ${layer}.`);
  return cache;
}

/** Five dispatches a layer. */
function fusedLayer(
  context: PlanContext,
  { weights, layer, rows, choice }: LayerContext,
): Operation[] {
  const { model, run, arrays } = context;
  const { shape, normEpsilon } = model.config;
  const { width, hiddenWidth, numHeads, headWidth } = shape;
  const { hidden, queries, attended, activated, rope, blockTable } = arrays;
  const cache = getCache(context, layer);
  const label = `layer ${layer}`;
  const isPaged = run.path.kvLayout === "paged";
  const sizes = attentionSizes(context);
  const qkvSizes = { ...sizes, width, epsilon: normEpsilon };
  const qkvArrays = {
    hidden,
    normWeight: weights.attentionNorm,
    weights: weights.qkv,
    rope,
    rows,
    queries,
    cache,
  };
  return [
    isPaged
      ? dispatch(`${label} norm, QKV, RoPE, append`, choice.normQkvPaged, qkvSizes, {
          ...qkvArrays,
          blockTable,
        })
      : dispatch(`${label} norm, QKV, RoPE, append`, choice.normQkvContiguous, qkvSizes, qkvArrays),
    isPaged
      ? dispatch(`${label} attention`, choice.attentionPaged, sizes, {
          rows,
          queries,
          blockTable,
          cache,
          attended,
        })
      : dispatch(`${label} attention`, choice.attentionContiguous, sizes, {
          rows,
          queries,
          cache,
          attended,
        }),
    dispatch(
      `${label} projection, residual`,
      choice.linearResidual,
      { inputWidth: numHeads * headWidth, outputWidth: width },
      { input: attended, weights: weights.attentionOutput, hidden },
    ),
    dispatch(
      `${label} norm, gate, up, SwiGLU`,
      choice.normGateUp,
      { width, hiddenWidth, epsilon: normEpsilon },
      { hidden, normWeight: weights.feedForwardNorm, weights: weights.gateUp, activated },
    ),
    dispatch(
      `${label} down, residual`,
      choice.linearResidual,
      { inputWidth: hiddenWidth, outputWidth: width },
      { input: activated, weights: weights.down, hidden },
    ),
  ];
}

/** One dispatch for each operation of the textbook: eighteen a layer. */
function unfusedLayer(context: PlanContext, layerContext: LayerContext): Operation[] {
  return [...unfusedAttention(context, layerContext), ...unfusedFeedForward(context, layerContext)];
}

function unfusedAttention(
  context: PlanContext,
  { weights, layer, rows, choice }: LayerContext,
): Operation[] {
  const { model, run, arrays } = context;
  const { shape, normEpsilon: epsilon } = model.config;
  const { width, numHeads, numKvHeads, headWidth } = shape;
  const { hidden, normed, queries, attended, rope, blockTable } = arrays;
  const { keys, values, scores, update } = getUnfused(arrays);
  const cache = getCache(context, layer);
  const label = (name: string) => `layer ${layer} ${name}`;
  const sizes = attentionSizes(context);
  const isPaged = run.path.kvLayout === "paged";
  const project = (name: string, firstHead: number, numProjected: number, output: DeviceArray) =>
    dispatch(
      label(name),
      choice.linear,
      {
        inputWidth: width,
        outputWidth: numProjected * headWidth,
        firstWeightRow: firstHead * headWidth,
      },
      { input: normed, weights: weights.qkv, output },
    );
  const rotate = (name: string, numRotated: number, vectors: DeviceArray) =>
    dispatch(
      label(name),
      ropeRotateHalves,
      { numHeads: numRotated, headWidth },
      { rows, rope, vectors },
    );
  return [
    dispatch(
      label("attention norm"),
      choice.rmsNorm,
      { width, epsilon },
      { hidden, weight: weights.attentionNorm, normed },
    ),
    project("Q", 0, numHeads, queries),
    project("K", numHeads, numKvHeads, keys),
    project("V", numHeads + numKvHeads, numKvHeads, values),
    rotate("RoPE of Q", numHeads, queries),
    rotate("RoPE of K", numKvHeads, keys),
    isPaged
      ? dispatch(label("append"), kvAppendPaged, sizes, { rows, keys, values, blockTable, cache })
      : dispatch(label("append"), kvAppendContiguous, sizes, { rows, keys, values, cache }),
    isPaged
      ? dispatch(label("scores"), attentionScoresPaged, sizes, {
          rows,
          queries,
          blockTable,
          cache,
          scores,
        })
      : dispatch(label("scores"), attentionScoresContiguous, sizes, {
          rows,
          queries,
          cache,
          scores,
        }),
    dispatch(
      label("softmax"),
      choice.softmax,
      { numHeads, capacity: run.capacity },
      { rows, scores },
    ),
    isPaged
      ? dispatch(label("values"), attentionValuesPaged, sizes, {
          rows,
          scores,
          blockTable,
          cache,
          attended,
        })
      : dispatch(label("values"), attentionValuesContiguous, sizes, {
          rows,
          scores,
          cache,
          attended,
        }),
    dispatch(
      label("projection"),
      choice.linear,
      { inputWidth: numHeads * headWidth, outputWidth: width, firstWeightRow: 0 },
      { input: attended, weights: weights.attentionOutput, output: update },
    ),
    dispatch(label("attention residual"), residualAdd, { width }, { update, hidden }),
  ];
}

function unfusedFeedForward(
  context: PlanContext,
  { weights, layer, choice }: LayerContext,
): Operation[] {
  const { model, arrays } = context;
  const { shape, normEpsilon: epsilon } = model.config;
  const { width, hiddenWidth } = shape;
  const { hidden, normed, activated } = arrays;
  const { update, gate, up } = getUnfused(arrays);
  const label = (name: string) => `layer ${layer} ${name}`;
  const widen = (name: string, firstWeightRow: number, output: DeviceArray) =>
    dispatch(
      label(name),
      choice.linear,
      { inputWidth: width, outputWidth: hiddenWidth, firstWeightRow },
      { input: normed, weights: weights.gateUp, output },
    );
  return [
    dispatch(
      label("feed-forward norm"),
      choice.rmsNorm,
      { width, epsilon },
      { hidden, weight: weights.feedForwardNorm, normed },
    ),
    widen("gate", 0, gate),
    widen("up", hiddenWidth, up),
    dispatch(label("SwiGLU"), swiglu, { width: hiddenWidth }, { gate, up, activated }),
    dispatch(
      label("down"),
      choice.linear,
      { inputWidth: hiddenWidth, outputWidth: width, firstWeightRow: 0 },
      { input: activated, weights: weights.down, output: update },
    ),
    dispatch(label("feed-forward residual"), residualAdd, { width }, { update, hidden }),
  ];
}

function getUnfused({ unfused }: RunArrays): NonNullable<RunArrays["unfused"]> {
  if (!unfused) throw new Error("This run has no arrays for the unfused path.");
  return unfused;
}

/** Copies the last row of each sequence out of a pass over many rows. */
export function selectOperations({ model, run, arrays }: PlanContext): Operation[] {
  const sizes = { width: model.config.shape.width, numSequences: run.numSequences };
  const { lastRows, hidden, selected } = arrays;
  return [dispatch("select last rows", selectRows, sizes, { lastRows, hidden, selected })];
}

/**
 * From the last row of each sequence to its next token's id. B rows.
 *
 * @param source - `hidden` where the pass computed just those rows, else `selected`.
 */
export function headOperations(
  { model, arrays }: PlanContext,
  source: DeviceArray,
  sampling: Sampling,
  choice: KernelChoice,
): Operation[] {
  const { shape, normEpsilon } = model.config;
  const { width, vocabulary } = shape;
  const { normed, logits, nextTokens, lengths } = arrays;
  const pick =
    sampling.kind === "greedy"
      ? dispatch("argmax", argmaxRow, { vocabulary }, { logits, nextTokens })
      : dispatch(
          "sample",
          sampleTopKTopP,
          { vocabulary },
          { logits, lengths, sampling: arrays.sampling, nextTokens },
        );
  return [
    dispatch(
      "final norm",
      choice.rmsNorm,
      { width, epsilon: normEpsilon },
      { hidden: source, weight: model.finalNorm, normed },
    ),
    dispatch(
      "head",
      choice.linear,
      { inputWidth: width, outputWidth: vocabulary, firstWeightRow: 0 },
      { input: normed, weights: model.head, output: logits },
    ),
    pick,
  ];
}

/** Appends the next tokens and points the tables at them, so that the device can take the next step alone. */
export function advanceOperations({ run, arrays }: PlanContext): Operation[] {
  const { nextTokens, stopTokens, tokens, decodeRows, lengths, finished, lastRows } = arrays;
  const sizes = {
    capacity: run.capacity,
    numSequences: run.numSequences,
    isRecompute: run.path.cache ? 0 : 1,
  };
  return [
    dispatch("advance", advanceStep, sizes, {
      nextTokens,
      stopTokens,
      tokens,
      decodeRows,
      lengths,
      finished,
      lastRows,
    }),
  ];
}
