// Shapes from the config.json that Hugging Face saves with a model. Absent fields take the defaults of transformers
// where a default is a rule ("as many KV heads as heads") and are asked for where it is the size of some model.
import { choiceField, findField, flagField, wholeField, type Fields } from "../fields.ts";
import { LIMITS } from "./limits.ts";
import type { ModelShape } from "./model-shape.ts";

export interface ShapeAndContext {
  readonly shape: ModelShape;
  readonly contextLength: number;
}

const TYPES = ["llama", "mistral", "qwen2", "mixtral", "gpt2", "opt", "deepseek_v3"] as const;

const READERS: Readonly<Record<(typeof TYPES)[number], (fields: Fields) => ShapeAndContext>> = {
  llama: (fields) => llamaLike(fields, { biases: llamaBiases(fields) }),
  mistral: (fields) => llamaLike(fields),
  qwen2: (fields) => llamaLike(fields, { biases: "qkv" }),
  mixtral,
  gpt2,
  opt,
  deepseek_v3: deepseek,
};

/** OPT's table of positions begins with two rows that no token uses. */
const OPT_POSITION_OFFSET = 2;

/**
 * @param fields - of a `config.json`; without a `model_type` it is read as one of a Llama, or of a GPT-2 if it has
 *   `n_embd`.
 * @throws RangeError naming the field and what it may be.
 */
export function shapeFromHuggingFace(fields: Fields): ShapeAndContext {
  const fallback = findField(fields, "n_embd") === undefined ? "llama" : "gpt2";
  const type = choiceField(fields, "model_type", TYPES, fallback);
  return READERS[type](fields);
}

function contextOf(fields: Fields): number {
  return wholeField(fields, "max_position_embeddings", LIMITS.context);
}

/** The width of a head where it is not given: the model's, divided evenly. */
function evenHeadWidth(width: number, numHeads: number): number {
  if (width % numHeads === 0) return width / numHeads;
  throw new RangeError(
    `A width of ${width} cannot be split evenly among ${numHeads} heads; give "head_dim".`,
  );
}

function refuse(fields: Fields, name: string, isWanted: boolean, why: string): void {
  if (flagField(fields, name, isWanted) !== isWanted) {
    throw new RangeError(`"${name}" must be ${String(isWanted)}: ${why}.`);
  }
}

function llamaBiases(fields: Fields): "none" | "all" {
  const hasBias = flagField(fields, "attention_bias", false);
  const isSame = flagField(fields, "mlp_bias", false) === hasBias;
  if (!isSame) {
    throw new RangeError(
      '"attention_bias" and "mlp_bias" must be the same: both true or both false.',
    );
  }
  return hasBias ? "all" : "none";
}

function llamaLike(fields: Fields, different: Partial<ModelShape> = {}): ShapeAndContext {
  const width = wholeField(fields, "hidden_size", LIMITS.width);
  const numHeads = wholeField(fields, "num_attention_heads", LIMITS.heads);
  const headWidth =
    findField(fields, "head_dim") === undefined
      ? evenHeadWidth(width, numHeads)
      : wholeField(fields, "head_dim", LIMITS.width);
  const shape: ModelShape = {
    numLayers: wholeField(fields, "num_hidden_layers", LIMITS.layers),
    width,
    hiddenWidth: wholeField(fields, "intermediate_size", LIMITS.width),
    numHeads,
    numKvHeads: wholeField(fields, "num_key_value_heads", { ...LIMITS.heads, fallback: numHeads }),
    headWidth,
    vocabulary: wholeField(fields, "vocab_size", LIMITS.vocabulary),
    isTied: flagField(fields, "tie_word_embeddings", false),
    ...different,
  };
  return { shape, contextLength: contextOf(fields) };
}

function mixtral(fields: Fields): ShapeAndContext {
  return llamaLike(fields, {
    experts: {
      count: wholeField(fields, "num_local_experts", LIMITS.experts),
      active: wholeField(fields, "num_experts_per_tok", LIMITS.experts),
      shared: 0,
      width: wholeField(fields, "intermediate_size", LIMITS.width),
      numDenseLayers: 0,
    },
  });
}

function deepseek(fields: Fields): ShapeAndContext {
  refuse(fields, "attention_bias", false, "biases of latent attention are not counted here");
  wholeField(fields, "moe_layer_freq", { min: 1, max: 1, fallback: 1 });
  const plainWidth = wholeField(fields, "qk_nope_head_dim", LIMITS.width);
  const ropeWidth = wholeField(fields, "qk_rope_head_dim", LIMITS.width);
  const numLayers = wholeField(fields, "num_hidden_layers", LIMITS.layers);
  const shape: ModelShape = {
    numLayers,
    width: wholeField(fields, "hidden_size", LIMITS.width),
    hiddenWidth: wholeField(fields, "intermediate_size", LIMITS.width),
    numHeads: wholeField(fields, "num_attention_heads", LIMITS.heads),
    numKvHeads: 1,
    headWidth: plainWidth + ropeWidth,
    vocabulary: wholeField(fields, "vocab_size", LIMITS.vocabulary),
    isTied: flagField(fields, "tie_word_embeddings", false),
    latent: {
      queryRank: wholeField(fields, "q_lora_rank", { ...LIMITS.width, min: 0, fallback: 0 }),
      kvRank: wholeField(fields, "kv_lora_rank", LIMITS.width),
      ropeWidth,
      plainWidth,
      valueWidth: wholeField(fields, "v_head_dim", LIMITS.width),
    },
    experts: {
      count: wholeField(fields, "n_routed_experts", LIMITS.experts),
      active: wholeField(fields, "num_experts_per_tok", LIMITS.experts),
      shared: wholeField(fields, "n_shared_experts", { ...LIMITS.experts, min: 0, fallback: 0 }),
      width: wholeField(fields, "moe_intermediate_size", LIMITS.width),
      numDenseLayers: wholeField(fields, "first_k_dense_replace", { min: 0, max: numLayers }),
      hasScoreBias: true,
    },
  };
  return { shape, contextLength: contextOf(fields) };
}

function gpt2(fields: Fields): ShapeAndContext {
  const width = wholeField(fields, "n_embd", LIMITS.width);
  const numHeads = wholeField(fields, "n_head", LIMITS.heads);
  const contextLength = wholeField(fields, "n_positions", LIMITS.context);
  const shape: ModelShape = {
    numLayers: wholeField(fields, "n_layer", LIMITS.layers),
    width,
    hiddenWidth: wholeField(fields, "n_inner", { ...LIMITS.width, fallback: 4 * width }),
    numHeads,
    numKvHeads: numHeads,
    headWidth: evenHeadWidth(width, numHeads),
    vocabulary: wholeField(fields, "vocab_size", LIMITS.vocabulary),
    isTied: flagField(fields, "tie_word_embeddings", true),
    biases: "all",
    norm: "layer",
    feedForward: "plain",
    learnedPositions: contextLength,
  };
  return { shape, contextLength };
}

function opt(fields: Fields): ShapeAndContext {
  refuse(fields, "do_layer_norm_before", true, "norms behind a block are not counted here");
  refuse(fields, "enable_bias", true, "an OPT without biases is not counted here");
  const width = wholeField(fields, "hidden_size", LIMITS.width);
  // Were it narrower, two more matrices would lead from the embedding to the model and back.
  wholeField(fields, "word_embed_proj_dim", { min: width, max: width, fallback: width });
  const numHeads = wholeField(fields, "num_attention_heads", LIMITS.heads);
  const contextLength = contextOf(fields);
  const shape: ModelShape = {
    numLayers: wholeField(fields, "num_hidden_layers", LIMITS.layers),
    width,
    hiddenWidth: wholeField(fields, "ffn_dim", LIMITS.width),
    numHeads,
    numKvHeads: numHeads,
    headWidth: evenHeadWidth(width, numHeads),
    vocabulary: wholeField(fields, "vocab_size", LIMITS.vocabulary),
    isTied: flagField(fields, "tie_word_embeddings", true),
    biases: "all",
    norm: "layer",
    feedForward: "plain",
    learnedPositions: contextLength + OPT_POSITION_OFFSET,
  };
  return { shape, contextLength };
}
