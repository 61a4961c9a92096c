// Reads a Hugging Face `config.json` of the Llama family and refuses, with a sentence, what the engine cannot run.
import * as v from "valibot";
import type { ModelShape } from "../core/catalog/models/model-shape.ts";
import { EngineError } from "./engine.ts";
import { shorten } from "./safetensors.ts";

export interface RopeScaling {
  readonly kind: "llama3";
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  readonly originalContextLength: number;
}

export interface ModelConfig {
  readonly shape: ModelShape;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  /** Divides every position; 1 where the model does not stretch its context. */
  readonly ropePositionDivisor: number;
  readonly ropeScaling: RopeScaling | undefined;
  readonly contextLength: number;
  readonly stopTokens: readonly number[];
}

const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 31));
const optionalSize = v.nullish(size);
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));

const ropeSchema = v.looseObject({
  rope_type: v.nullish(v.string()),
  type: v.nullish(v.string()),
  rope_theta: v.nullish(positive),
  factor: v.nullish(positive),
  low_freq_factor: v.nullish(positive),
  high_freq_factor: v.nullish(positive),
  original_max_position_embeddings: v.nullish(positive),
});

const configSchema = v.looseObject({
  model_type: v.nullish(v.string()),
  vocab_size: v.pipe(size, v.maxValue(300_000)),
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: v.pipe(size, v.maxValue(512)),
  num_attention_heads: size,
  num_key_value_heads: optionalSize,
  head_dim: optionalSize,
  max_position_embeddings: optionalSize,
  rms_norm_eps: v.nullish(positive),
  rope_theta: v.nullish(positive),
  rope_scaling: v.nullish(ropeSchema),
  rope_parameters: v.nullish(ropeSchema),
  hidden_act: v.nullish(v.string()),
  attention_bias: v.nullish(v.boolean()),
  mlp_bias: v.nullish(v.boolean()),
  tie_word_embeddings: v.nullish(v.boolean()),
  eos_token_id: v.nullish(v.union([v.number(), v.array(v.number())])),
});

type RawConfig = v.InferOutput<typeof configSchema>;

/** Largest head width that the fused attention kernels hold in a workgroup. */
export const MAX_HEAD_WIDTH = 256;

function refuse(sentence: string): never {
  throw new EngineError("bad-model", sentence);
}

/**
 * The configuration of a Llama-style model; absent fields take transformers' defaults.
 *
 * @param text - the content of `config.json`.
 * @throws EngineError ("bad-model") naming the field and what is allowed.
 */
export function parseConfig(text: string): ModelConfig {
  const raw = validate(text);
  checkFamily(raw);
  const shape = shapeOf(raw);
  const rope = raw.rope_parameters ?? raw.rope_scaling ?? undefined;
  const kind = rope?.rope_type ?? rope?.type ?? "default";
  if (!["default", "linear", "llama3"].includes(kind)) {
    refuse(
      `config.json asks for RoPE scaling "${shorten(kind)}". Allowed: default, linear, llama3.`,
    );
  }
  return {
    shape,
    normEpsilon: raw.rms_norm_eps ?? 1e-6,
    ropeTheta: raw.rope_theta ?? rope?.rope_theta ?? 10_000,
    ropePositionDivisor: kind === "linear" ? (rope?.factor ?? 1) : 1,
    ropeScaling: kind === "llama3" ? llama3Scaling(rope) : undefined,
    contextLength: raw.max_position_embeddings ?? 2048,
    stopTokens: stopTokensOf(raw.eos_token_id, shape.vocabulary),
  };
}

function validate(text: string): RawConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    refuse("config.json is not JSON. It should be the file that Hugging Face saves with a model.");
  }
  const result = v.safeParse(configSchema, json);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const reason = shorten(issue.message);
  return refuse(`config.json: "${v.getDotPath(issue) ?? "the file"}" is wrong. ${reason}.`);
}

function checkFamily(raw: RawConfig): void {
  const type = raw.model_type ?? "llama";
  if (type !== "llama") {
    refuse(`config.json says model_type "${shorten(type)}". This engine runs "llama" models.`);
  }
  const activation = raw.hidden_act ?? "silu";
  if (activation !== "silu") {
    refuse(
      `config.json says hidden_act "${shorten(activation)}". This engine runs "silu" (SwiGLU).`,
    );
  }
  if (raw.attention_bias || raw.mlp_bias) {
    refuse("config.json asks for biases in its linear layers. This engine runs models without.");
  }
}

function shapeOf(raw: RawConfig): ModelShape {
  const numHeads = raw.num_attention_heads;
  const numKvHeads = raw.num_key_value_heads ?? numHeads;
  const headWidth = raw.head_dim ?? raw.hidden_size / numHeads;
  if (numHeads % numKvHeads !== 0) {
    refuse(`config.json: ${numHeads} heads cannot share ${numKvHeads} KV heads evenly.`);
  }
  if (!Number.isInteger(headWidth) || headWidth % 2 !== 0 || headWidth > MAX_HEAD_WIDTH) {
    refuse(
      `config.json gives a head width of ${headWidth}. RoPE needs an even whole number, ` +
        `and this engine takes at most ${MAX_HEAD_WIDTH}.`,
    );
  }
  return {
    numLayers: raw.num_hidden_layers,
    width: raw.hidden_size,
    hiddenWidth: raw.intermediate_size,
    numHeads,
    numKvHeads,
    headWidth,
    vocabulary: raw.vocab_size,
    isTied: raw.tie_word_embeddings ?? false,
  };
}

function llama3Scaling(rope: v.InferOutput<typeof ropeSchema> | undefined): RopeScaling {
  return {
    kind: "llama3",
    factor: rope?.factor ?? 8,
    lowFrequencyFactor: rope?.low_freq_factor ?? 1,
    highFrequencyFactor: rope?.high_freq_factor ?? 4,
    originalContextLength: rope?.original_max_position_embeddings ?? 8192,
  };
}

function stopTokensOf(eos: RawConfig["eos_token_id"], vocabulary: number): number[] {
  const ids = eos === null || eos === undefined ? [] : [eos].flat();
  return ids.filter((id) => Number.isInteger(id) && id >= 0 && id < vocabulary);
}
