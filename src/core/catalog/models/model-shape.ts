// The shape of a decoder-only transformer: what the arithmetic of inference needs to know of a model.
// The required fields describe a Llama block; the optional ones say how a model differs from it.

/** Multi-head latent attention: keys and values are kept as one narrow latent that all heads share. */
export interface LatentAttention {
  /** Width to which queries are narrowed before they are made; 0 where they are made directly. */
  readonly queryRank: number;
  /** Width of the cached latent. */
  readonly kvRank: number;
  /** Part of a query or key head that carries its position; its keys are shared by all heads, and cached. */
  readonly ropeWidth: number;
  /** Part of a query or key head without position. */
  readonly plainWidth: number;
  readonly valueWidth: number;
}

/** A mixture of experts: a router picks a few feed-forward networks for each token. */
export interface Experts {
  /** Routed experts of a layer. */
  readonly count: number;
  /** Routed experts that a token goes through. */
  readonly active: number;
  /** Experts that every token goes through. */
  readonly shared: number;
  /** Feed-forward width of one expert. */
  readonly width: number;
  /** Layers at the bottom that have an ordinary feed-forward network instead. */
  readonly numDenseLayers: number;
  /** The router keeps a number for each expert that is added to its score. */
  readonly hasScoreBias?: boolean;
}

/**
 * Letters follow the shape key of the project: L layers, D width, F feed-forward width, N query heads,
 * K KV heads, H head width, V vocabulary.
 */
export interface ModelShape {
  readonly numLayers: number;
  readonly width: number;
  /** With `experts` the width of the dense layers; without such layers, that of one expert. */
  readonly hiddenWidth: number;
  readonly numHeads: number;
  /** 1 with `latent`: all heads read one latent. */
  readonly numKvHeads: number;
  /** Of queries and keys; with `latent` it is `plainWidth + ropeWidth`. */
  readonly headWidth: number;
  readonly vocabulary: number;
  /** The output head is the embedding table, stored once. */
  readonly isTied: boolean;
  readonly latent?: LatentAttention;
  readonly experts?: Experts;
  /** Which matrices add a vector; none if absent. The output head never does. */
  readonly biases?: "none" | "qkv" | "all";
  /** "layer" norms keep a weight and a bias for each channel, "rms" (if absent) a weight. */
  readonly norm?: "rms" | "layer";
  /** "gated" (if absent) has three matrices, "plain" two. */
  readonly feedForward?: "gated" | "plain";
  /** Rows of a table of position embeddings; positions are rotated into queries and keys if absent. */
  readonly learnedPositions?: number;
}

/** Parameters of one model, part by part; layer parts are those of one layer. */
export interface ParameterParts {
  /** Matrices of attention, their biases, and the norms inside latent attention. */
  readonly attention: number;
  /** The norms before attention and before the feed-forward network. */
  readonly norms: number;
  readonly denseFeedForward: number;
  /** One expert, routed or shared; 0 without experts. */
  readonly expert: number;
  /** 0 without experts. */
  readonly router: number;
  readonly finalNorm: number;
  readonly embedding: number;
  readonly positions: number;
  /** 0 where the head is the embedding table. */
  readonly head: number;
}

/** Layers whose feed-forward network is dense, and layers of experts. */
export function countLayers({ numLayers, experts }: ModelShape): {
  readonly dense: number;
  readonly expert: number;
} {
  const dense = experts === undefined ? numLayers : Math.min(numLayers, experts.numDenseLayers);
  return { dense, expert: numLayers - dense };
}

/** Parameters by part, so that each can be counted as often as it is stored or read. */
export function parameterParts(shape: ModelShape): ParameterParts {
  const { width, hiddenWidth, vocabulary, experts } = shape;
  const norm = width * (shape.norm === "layer" ? 2 : 1);
  return {
    attention: attentionParameters(shape),
    norms: 2 * norm,
    denseFeedForward: feedForwardParameters(shape, hiddenWidth),
    expert: experts === undefined ? 0 : feedForwardParameters(shape, experts.width),
    router: experts === undefined ? 0 : experts.count * (width + (experts.hasScoreBias ? 1 : 0)),
    finalNorm: norm,
    embedding: vocabulary * width,
    positions: (shape.learnedPositions ?? 0) * width,
    head: shape.isTied ? 0 : vocabulary * width,
  };
}

function attentionParameters(shape: ModelShape): number {
  const { width, numHeads, numKvHeads, headWidth, latent, biases = "none" } = shape;
  if (latent !== undefined) return latentParameters(shape, latent);
  const qkv = (numHeads + 2 * numKvHeads) * headWidth;
  const matrices = width * (qkv + numHeads * headWidth);
  return matrices + (biases === "none" ? 0 : qkv) + (biases === "all" ? width : 0);
}

/** Down and up projections of queries and of the latent with a norm on each latent, and the output projection. */
function latentParameters({ width, numHeads }: ModelShape, latent: LatentAttention): number {
  const { queryRank, kvRank, ropeWidth, plainWidth, valueWidth } = latent;
  const queries = numHeads * (plainWidth + ropeWidth);
  const queryPath =
    queryRank === 0 ? width * queries : width * queryRank + queryRank + queryRank * queries;
  const kvPath =
    width * (kvRank + ropeWidth) + kvRank + kvRank * numHeads * (plainWidth + valueWidth);
  return queryPath + kvPath + numHeads * valueWidth * width;
}

function feedForwardParameters(shape: ModelShape, hidden: number): number {
  const isGated = shape.feedForward !== "plain";
  const matrices = (isGated ? 3 : 2) * shape.width * hidden;
  return matrices + (shape.biases === "all" ? (isGated ? 2 : 1) * hidden + shape.width : 0);
}

/**
 * Parameters when each layer of experts holds `numExperts` routed experts; may be a fraction, for an expected
 * number of experts.
 */
export function countParametersWith(shape: ModelShape, numExperts: number): number {
  const parts = parameterParts(shape);
  const layers = countLayers(shape);
  const experts = parts.router + (numExperts + (shape.experts?.shared ?? 0)) * parts.expert;
  return (
    shape.numLayers * (parts.attention + parts.norms) +
    layers.dense * parts.denseFeedForward +
    layers.expert * experts +
    parts.finalNorm +
    parts.embedding +
    parts.positions +
    parts.head
  );
}

/**
 * Parameters of the model: matrices, biases, norms, routers, the embedding and position tables, and the head
 * unless it is tied. Exact for the checkpoints of the catalogue; modules beside the decoder, such as the one
 * that DeepSeek-V3 trains to predict a second token, are not counted.
 */
export function countParameters(shape: ModelShape): number {
  return countParametersWith(shape, shape.experts?.count ?? 0);
}

/**
 * Parameters that one token meets: as {@link countParameters}, but of the routed experts only the active ones.
 * Equal to it where the model has no experts.
 */
export function countActiveParameters(shape: ModelShape): number {
  return countParametersWith(shape, shape.experts?.active ?? 0);
}
