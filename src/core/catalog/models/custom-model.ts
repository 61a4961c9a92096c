// A model that the catalogue does not have, from JSON: the fields of a shape, or the config.json that Hugging Face
// saves with a model.
import {
  choiceField,
  fieldsOf,
  findField,
  flagField,
  isFields,
  nameField,
  wholeField,
  type Fields,
} from "../fields.ts";
import { shapeFromHuggingFace } from "./hugging-face.ts";
import { assertShape, LIMITS } from "./limits.ts";
import type { ModelEntry } from "./model-entry.ts";
import type { Experts, LatentAttention, ModelShape } from "./model-shape.ts";

const UNCHECKED = "All figures are as given; none was checked.";
const WINDOW_NOTE =
  "Its attention sees a window of the last tokens only; here it sees the whole context.";

/**
 * A catalogue entry from JSON: a Hugging Face `config.json` of type llama, mistral, qwen2, mixtral, gpt2, opt or
 * deepseek_v3, recognised by its `model_type` or its field names, or else the fields of {@link ModelShape} (at the top
 * or under `shape`) with `contextLength` and, if wanted, `name`.
 *
 * @throws RangeError naming the field and what it may be.
 */
export function parseModel(json: unknown): ModelEntry {
  const fields = fieldsOf(json, "A model");
  const isHuggingFace = ["model_type", "hidden_size", "n_embd"].some(
    (name) => findField(fields, name) !== undefined,
  );
  const { shape, contextLength } = isHuggingFace ? shapeFromHuggingFace(fields) : ownShape(fields);
  assertShape(shape);
  const hasWindow = findField(fields, "sliding_window") !== undefined;
  const isWindowOff = findField(fields, "use_sliding_window") === false;
  return {
    id: "custom",
    name: nameField(fields, ["name", "_name_or_path"], "your model"),
    shape,
    contextLength,
    source: { url: "", readOn: "" },
    ...(hasWindow && !isWindowOff && { note: WINDOW_NOTE }),
    isUnchecked: UNCHECKED,
  };
}

function ownShape(entry: Fields): { shape: ModelShape; contextLength: number } {
  const nested = findField(entry, "shape");
  const fields = isFields(nested) ? nested : entry;
  const latent = findField(fields, "latent");
  const experts = findField(fields, "experts");
  const learnedPositions = wholeField(fields, "learnedPositions", LIMITS.optionalPositions);
  const shape: ModelShape = {
    numLayers: wholeField(fields, "numLayers", LIMITS.layers),
    width: wholeField(fields, "width", LIMITS.width),
    hiddenWidth: wholeField(fields, "hiddenWidth", LIMITS.width),
    numHeads: wholeField(fields, "numHeads", LIMITS.heads),
    numKvHeads: wholeField(fields, "numKvHeads", LIMITS.heads),
    headWidth: wholeField(fields, "headWidth", LIMITS.width),
    vocabulary: wholeField(fields, "vocabulary", LIMITS.vocabulary),
    isTied: flagField(fields, "isTied", false),
    biases: choiceField(fields, "biases", ["none", "qkv", "all"], "none"),
    norm: choiceField(fields, "norm", ["rms", "layer"], "rms"),
    feedForward: choiceField(fields, "feedForward", ["gated", "plain"], "gated"),
    ...(learnedPositions > 0 && { learnedPositions }),
    ...(latent !== undefined && { latent: ownLatent(fieldsOf(latent, '"latent"')) }),
    ...(experts !== undefined && { experts: ownExperts(fieldsOf(experts, '"experts"')) }),
  };
  return { shape, contextLength: wholeField(entry, "contextLength", LIMITS.context) };
}

function ownLatent(fields: Fields): LatentAttention {
  return {
    queryRank: wholeField(fields, "queryRank", { ...LIMITS.width, min: 0 }),
    kvRank: wholeField(fields, "kvRank", LIMITS.width),
    ropeWidth: wholeField(fields, "ropeWidth", LIMITS.width),
    plainWidth: wholeField(fields, "plainWidth", LIMITS.width),
    valueWidth: wholeField(fields, "valueWidth", LIMITS.width),
  };
}

function ownExperts(fields: Fields): Experts {
  return {
    count: wholeField(fields, "count", LIMITS.experts),
    active: wholeField(fields, "active", LIMITS.experts),
    shared: wholeField(fields, "shared", { ...LIMITS.experts, min: 0, fallback: 0 }),
    width: wholeField(fields, "width", LIMITS.width),
    numDenseLayers: wholeField(fields, "numDenseLayers", { ...LIMITS.layers, min: 0, fallback: 0 }),
    hasScoreBias: flagField(fields, "hasScoreBias", false),
  };
}
