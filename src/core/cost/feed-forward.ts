// The launches of feed-forward networks: dense ones, and experts behind a router.
import type { Experts } from "../catalog/models/model-shape.ts";
import { normLaunch, residualLaunch } from "./attention.ts";
import { expectedDistinctExperts } from "./experts.ts";
import type { Layout } from "./layout.ts";
import type { Launch } from "./operator.ts";

/** Exponentiate, add, divide, multiply with the other half: of each channel of SwiGLU. */
const GATE_FLOPS = 4;
/** One comparison of ReLU; GELU takes some more. */
const PLAIN_FLOPS = 1;

/** A pair of products, up and down, with an activation between. */
interface Network {
  readonly idPrefix: string;
  readonly namePrefix: string;
  readonly count: number;
  readonly rows: number;
  /** Width on one GPU. */
  readonly hidden: number;
  /** Networks whose weights are read; may be a fraction. */
  readonly copies: number;
  /** "F", or the width of an expert. */
  readonly letters: { readonly rows: string; readonly hidden: string };
  /** Fused, the first product reads through the norm and the last adds the residual. */
  readonly hasNorm: boolean;
  readonly hasResidual: boolean;
  /** Rows are gathered for several networks, so that no launch is one product. */
  readonly isGrouped: boolean;
}

/** The network of every dense layer. */
function denseNetwork({ shape, totals, ranks, numDenseLayers }: Layout): Network {
  return {
    idPrefix: "",
    namePrefix: "",
    count: numDenseLayers,
    rows: totals.tokens,
    hidden: shape.hiddenWidth / ranks,
    copies: 1,
    letters: { rows: "T", hidden: "F" },
    hasNorm: true,
    hasResidual: true,
    isGrouped: false,
  };
}

/** The norm, the networks of dense layers and of layers of experts, and the residual. */
export function feedForwardLaunches(layout: Layout): Launch[] {
  const { shape, totals, isFused, numDenseLayers } = layout;
  const { experts } = shape;
  const networks = [
    ...(numDenseLayers > 0 ? networkLaunches(layout, denseNetwork(layout)) : []),
    ...(experts === undefined ? [] : expertLaunches(layout, experts)),
  ];
  if (isFused) return networks;
  return [
    normLaunch(
      layout,
      "feed-forward-norm",
      "Norm before the feed-forward network",
      totals.tokens,
      shape.numLayers,
    ),
    ...networks,
    residualLaunch(layout, "feed-forward-residual", "Residual of the feed-forward network"),
  ];
}

function networkLaunches(layout: Layout, network: Network): Launch[] {
  const { shape, isFused, hasBias, normWeights } = layout;
  const { rows, hidden, copies, count, letters, isGrouped } = network;
  const { width } = shape;
  const isGated = shape.feedForward !== "plain";
  const halves = isGated ? 2 : 1;
  const n = halves * hidden;
  const norm = isFused && network.hasNorm ? normWeights : 0;
  const residual = isFused && network.hasResidual ? rows * width : 0;
  const perChannel = isGated ? GATE_FLOPS : PLAIN_FLOPS;
  const activation: Launch = {
    id: `${network.idPrefix}activation`,
    name: `${network.namePrefix}${isGated ? "SwiGLU" : "Activation"}`,
    kind: "elementwise",
    count,
    flops: perChannel * rows * hidden,
    formula: `${perChannel}·${letters.rows}·${letters.hidden}`,
    read: rows * n,
    written: rows * hidden,
  };
  return [
    {
      id: `${network.idPrefix}${isGated ? "gate-up" : "up"}`,
      name: `${network.namePrefix}${isGated ? "Gate and up" : "Up"}`,
      kind: "matmul",
      count,
      flops: 2 * rows * width * n,
      formula: `2·${letters.rows}·D·${isGated ? "2·" : ""}${letters.hidden}`,
      ...(!isGrouped && { size: { m: rows, n, k: width } }),
      weights: copies * (width * n + (hasBias ? n : 0)) + norm,
      read: rows * width,
      written: rows * (isFused ? hidden : n),
    },
    ...(isFused ? [] : [activation]),
    {
      id: `${network.idPrefix}down`,
      name: `${network.namePrefix}Down`,
      kind: "matmul",
      count,
      flops: 2 * rows * hidden * width,
      formula: `2·${letters.rows}·${letters.hidden}·D`,
      ...(!isGrouped && { size: { m: rows, n: width, k: hidden } }),
      weights: copies * (hidden * width + (hasBias ? width : 0)),
      read: rows * hidden + residual,
      written: rows * width,
    },
  ];
}

/** Router, routed experts, shared experts, and the sum of what they give. */
function expertLaunches(layout: Layout, experts: Experts): Launch[] {
  const { totals, ranks, numExpertLayers } = layout;
  const common = {
    count: numExpertLayers,
    hasNorm: false,
    hasResidual: false,
  };
  const routed: Network = {
    ...common,
    idPrefix: "expert-",
    namePrefix: "Experts: ",
    rows: totals.tokens * experts.active,
    hidden: experts.width / ranks,
    copies: expectedDistinctExperts(experts, totals.tokens),
    letters: { rows: "T·active", hidden: "expertWidth" },
    isGrouped: true,
  };
  // Shared experts see the same rows, so that together they are one network as wide as all of them.
  const shared: Network = {
    ...common,
    idPrefix: "shared-",
    namePrefix: "Shared expert: ",
    rows: totals.tokens,
    hidden: (experts.shared * experts.width) / ranks,
    copies: 1,
    letters: { rows: "T", hidden: "shared·expertWidth" },
    isGrouped: false,
  };
  return [
    routerLaunch(layout, experts),
    ...networkLaunches(layout, routed),
    ...(experts.shared > 0 ? networkLaunches(layout, shared) : []),
    combineLaunch(layout, experts),
  ];
}

/** Scores each expert for each row; fused, it reads through the norm and writes the rows for the experts. */
function routerLaunch(layout: Layout, experts: Experts): Launch {
  const { shape, totals, isFused, normWeights } = layout;
  const { count, hasScoreBias } = experts;
  const rows = totals.tokens * shape.width;
  return {
    id: "router",
    name: "Router",
    kind: "matmul",
    count: layout.numExpertLayers,
    flops: 2 * rows * count,
    formula: "2·T·D·E",
    size: { m: totals.tokens, n: count, k: shape.width },
    weights: shape.width * count + (hasScoreBias ? count : 0) + (isFused ? normWeights : 0),
    read: rows,
    written: totals.tokens * count + (isFused ? rows : 0),
  };
}

/** Weighs and adds what the experts give for each row; fused, with the residual. */
function combineLaunch(layout: Layout, experts: Experts): Launch {
  const { shape, totals, isFused } = layout;
  const rows = totals.tokens * shape.width;
  const extra = (experts.shared > 0 ? 1 : 0) + (isFused ? 1 : 0);
  return {
    id: "expert-combine",
    name: "Sum of the experts",
    kind: "elementwise",
    count: layout.numExpertLayers,
    flops: (2 * experts.active + extra) * rows,
    formula: "2·T·active·D, and T·D for each further summand",
    read: (experts.active + extra) * rows,
    written: rows,
  };
}
