// Values about the two phases of a request: what a prefill of a whole prompt and a decode of one token ask for.
import { ridgePoint } from "../../core/catalog/gpus/gpus.ts";
import { decodeStepWork, matrixParametersPerLayer } from "../../core/cost/decode-step.ts";
import { kvBytesPerToken } from "../../core/cost/kv-cache.ts";
import { GIGA } from "../../core/units/units.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import {
  countInput,
  gpuSource,
  modelSource,
  type ValueArguments,
  type ValueDefinition,
  type ValueInput,
} from "./value.ts";

type Phase = "prefill" | "decode";

function readPhase(args: ValueArguments): Phase {
  const phase = args.text("phase");
  if (phase !== "prefill" && phase !== "decode") {
    throw new Error('needs phase="prefill" or phase="decode"');
  }
  return phase;
}

/** Work of a pass at `tokens` tokens: all of them in a prefill, in a decode step the newest after the others. */
function readPass(args: ValueArguments) {
  const phase = readPhase(args);
  const model = args.model();
  const tokens = args.number("tokens");
  const element = args.number("bytes");
  const { shape } = model;
  const work = decodeStepWork({
    shape,
    numTokens: tokens,
    hasCache: phase === "decode",
    bytesPerElement: element,
  });
  // A prefill reads no cache, but leaves one.
  const written = phase === "prefill" ? tokens * kvBytesPerToken(shape, element) : 0;
  return { phase, model, tokens, element, work, moved: work.bytesMoved + written };
}

type ReadPass = ReturnType<typeof readPass>;

const PASS_WORDS: Readonly<Record<Phase, string>> = {
  prefill: "Prefill",
  decode: "Decode step",
};

function titleOf(what: string, { phase, tokens, model }: ReadPass): string {
  return `${what}: ${PASS_WORDS[phase].toLowerCase()} at ${formatCount(tokens)} tokens, ${model.name}`;
}

const PASS_NOTE =
  "Matrices and attention; the output head for the last row alone. Bytes: weights once, cache read or written; activations are left out.";

function flopsInput({ work }: ReadPass): ValueInput {
  return {
    symbol: String.raw`\text{FLOPs}`,
    meaning: "of matrices and attention",
    value: formatSi(work.flops, "FLOP"),
  };
}

function bytesInput({ moved }: ReadPass): ValueInput {
  return {
    symbol: String.raw`\text{bytes}`,
    meaning: "of weights and cache",
    value: formatBytes(moved),
  };
}

export const passFlops: ValueDefinition = (args) => {
  const pass = readPass(args);
  const { matrixFlops, attentionFlops, flops } = pass.work;
  const text = formatSi(flops, "FLOP");
  return {
    text,
    title: titleOf("Arithmetic", pass),
    formula: String.raw`\text{matrices} + \text{attention}`,
    inputs: [
      {
        symbol: String.raw`\text{matrices}`,
        meaning: "2 for each weight and row",
        value: formatSi(matrixFlops, "FLOP"),
      },
      {
        symbol: String.raw`\text{attention}`,
        meaning: "4 · L · N · H for each score",
        value: formatSi(attentionFlops, "FLOP"),
      },
    ],
    substitution: `${formatSi(matrixFlops, "FLOP")} + ${formatSi(attentionFlops, "FLOP")} = ${text}`,
    note: PASS_NOTE,
    sources: [modelSource(pass.model)],
  };
};

export const passBytes: ValueDefinition = (args) => {
  const pass = readPass(args);
  const text = formatBytes(pass.moved);
  const cache = pass.moved - pass.work.weightBytes;
  return {
    text,
    title: titleOf("Bytes", pass),
    formula: String.raw`\text{weights} + \text{cache}`,
    inputs: [
      {
        symbol: String.raw`\text{weights}`,
        meaning: "read once",
        value: formatBytes(pass.work.weightBytes),
      },
      {
        symbol: String.raw`\text{cache}`,
        meaning: pass.phase === "prefill" ? "written" : "read, and one token written",
        value: formatBytes(cache),
      },
    ],
    substitution: `${formatBytes(pass.work.weightBytes)} + ${formatBytes(cache)} = ${text}`,
    note: PASS_NOTE,
    sources: [modelSource(pass.model)],
  };
};

export const passIntensity: ValueDefinition = (args) => {
  const pass = readPass(args);
  const { work, moved } = pass;
  const text = `${formatNumber(work.flops / moved)} FLOP/B`;
  return {
    text,
    title: titleOf("Intensity", pass),
    formula: String.raw`\frac{\text{FLOPs}}{\text{bytes}}`,
    inputs: [flopsInput(pass), bytesInput(pass)],
    substitution: `${formatSi(work.flops, "FLOP")} / ${formatBytes(moved)} = ${text}`,
    note: PASS_NOTE,
    sources: [modelSource(pass.model)],
  };
};

/** `part`: "memory", "compute", "both" (the longer), or "token": the longer over the tokens that come out of it. */
export const passTime: ValueDefinition = (args) => {
  const part = args.text("part") ?? "";
  const gpu = args.gpu();
  const pass = readPass(args);
  const { work, moved, phase, tokens } = pass;
  const memory = moved / gpu.bandwidth;
  const compute = work.flops / gpu.peakFlops;
  const longer = Math.max(memory, compute);
  const numTokens = phase === "prefill" ? tokens : 1;
  const value = { memory, compute, both: longer, token: longer / numTokens }[part];
  if (value === undefined) throw new Error('needs part="memory", "compute", "both" or "token"');
  const said = {
    memory: `${formatBytes(moved)} / ${formatBandwidth(gpu.bandwidth, 4)} = ${formatSeconds(memory)}`,
    compute: `${formatSi(work.flops, "FLOP")} / ${formatSi(gpu.peakFlops, "FLOP/s")} = ${formatSeconds(compute)}`,
  };
  const both = `the longer of ${said.memory} and ${said.compute}`;
  const substitution = {
    ...said,
    both,
    token: `(${both}) / ${formatCount(numTokens)} = ${formatSeconds(value)}`,
  }[part];
  return {
    text: formatSeconds(value),
    title: `${titleOf(part === "token" ? "Least time a token" : "Least time", pass)}, ${gpu.name}`,
    formula: String.raw`\max\!\left(\frac{\text{bytes}}{\text{bandwidth}},\ \frac{\text{FLOPs}}{\text{peak}}\right)`,
    inputs: [flopsInput(pass), bytesInput(pass)],
    substitution: substitution ?? "",
    note: `${PASS_NOTE} At the peaks, which no kernel reaches.`,
    sources: [modelSource(pass.model), gpuSource(gpu)],
  };
};

/** Tokens of a prompt from which on its arithmetic takes longer than reading the weights. */
export const prefillCrossover: ValueDefinition = (args) => {
  const model = args.model();
  const gpu = args.gpu();
  const element = args.number("bytes");
  const { shape } = model;
  const ridge = ridgePoint(gpu);
  const isCompute = (numTokens: number) => {
    const work = decodeStepWork({ shape, numTokens, hasCache: false, bytesPerElement: element });
    const moved = work.bytesMoved + numTokens * kvBytesPerToken(shape, element);
    return work.flops / moved >= ridge;
  };
  let tokens = 1;
  while (!isCompute(tokens)) {
    tokens++;
    if (tokens > 100_000) throw new Error("asks for a prefill that never turns compute bound");
  }
  return {
    text: formatCount(tokens),
    title: `Prompt from which on the prefill of ${model.name} is compute bound, ${gpu.name}`,
    formula: String.raw`\min\left\{ T : \frac{\text{FLOPs}(T)}{\text{bytes}(T)} \ge I_{\text{ridge}} \right\}`,
    inputs: [
      {
        symbol: String.raw`I_{\text{ridge}}`,
        meaning: `ridge point of the ${gpu.name}`,
        value: `${formatNumber(ridge)} FLOP/B`,
      },
    ],
    substitution: `the first whole T is ${formatCount(tokens)}`,
    note: PASS_NOTE,
    sources: [modelSource(model), gpuSource(gpu)],
  };
};

/** Intensity of attention by itself, its scores kept on the chip. */
export const attentionIntensity: ValueDefinition = (args) => {
  const phase = readPhase(args);
  const model = args.model();
  const element = args.number("bytes");
  const { numHeads, numKvHeads } = model.shape;
  const heads = [
    countInput("N", "query heads", numHeads),
    countInput("K", "KV heads", numKvHeads),
    { symbol: "b", meaning: "bytes of a number", value: `${element} B` },
  ];
  if (phase === "decode") {
    const text = `${formatNumber((2 * numHeads) / (numKvHeads * element))} FLOP/B`;
    return {
      text,
      title: `Intensity of attention in a decode step, ${model.name}`,
      formula: String.raw`\frac{4\,N H\,t}{2\,K H\,t\,b} = \frac{2N}{K\,b}`,
      inputs: heads,
      substitution: `2 · ${numHeads} / (${numKvHeads} · ${element} B) = ${text}`,
      note: "The keys and values of the text; the query and the result are short beside them.",
      sources: [modelSource(model)],
    };
  }
  const tokens = args.number("tokens");
  const text = `${formatNumber((numHeads * tokens) / (element * (numHeads + numKvHeads)))} FLOP/B`;
  return {
    text,
    title: `Intensity of attention in a prefill of ${formatCount(tokens)} tokens, ${model.name}`,
    formula: String.raw`\frac{2\,N H\,T^2}{2\,(N + K) H\,T\,b} = \frac{N\,T}{(N + K)\,b}`,
    inputs: [countInput("T", "tokens of the prompt", tokens), ...heads],
    substitution: `${numHeads} · ${formatCount(tokens)} / (${numHeads + numKvHeads} · ${element} B) = ${text}`,
    note: "Half of the T² scores are masked. Queries, keys and values are read and the result written once: the scores are never stored.",
    sources: [modelSource(model)],
  };
};

/** Attention's share of a prefill's arithmetic. */
export const attentionShare: ValueDefinition = (args) => {
  const model = args.model();
  const tokens = args.number("tokens");
  const work = decodeStepWork({
    shape: model.shape,
    numTokens: tokens,
    hasCache: false,
    bytesPerElement: 2,
  });
  const text = formatPercent(work.attentionFlops / work.flops);
  return {
    text,
    title: `Attention in a prefill of ${formatCount(tokens)} tokens, ${model.name}`,
    formula: String.raw`\frac{\text{attention}}{\text{matrices} + \text{attention}}`,
    inputs: [
      countInput("P", "weights of the matrices of a layer", matrixParametersPerLayer(model.shape)),
      countInput("T", "tokens of the prompt", tokens),
    ],
    substitution: `${formatSi(work.attentionFlops, "FLOP")} / ${formatSi(work.flops, "FLOP")} = ${text}`,
    sources: [modelSource(model)],
  };
};

/** Tokens at which attention is half of a prefill's arithmetic. */
export const attentionHalf: ValueDefinition = (args) => {
  const model = args.model();
  const { numHeads, headWidth } = model.shape;
  const perLayer = matrixParametersPerLayer(model.shape);
  const tokens = perLayer / (numHeads * headWidth);
  const text = formatCount(tokens);
  return {
    text,
    title: `Prompt at which attention is as much arithmetic as the matrices, ${model.name}`,
    formula: String.raw`2\,N H\,T^2 = 2\,P\,T \;\Rightarrow\; T = \frac{P}{N H}`,
    inputs: [
      countInput("P", "weights of the matrices of a layer", perLayer),
      countInput("N", "query heads", numHeads),
      countInput("H", "width of a head", headWidth),
    ],
    substitution: `${formatCount(perLayer)} / (${numHeads} · ${headWidth}) = ${text}`,
    note: "The output head, which sees one row, is left out.",
    sources: [modelSource(model)],
  };
};

/** Time to send a prompt's cache to another GPU, at a rate in GB/s. */
export const kvTransferTime: ValueDefinition = (args) => {
  const model = args.model();
  const tokens = args.number("tokens");
  const element = args.number("bytes");
  const rate = args.number("rate") * GIGA;
  const size = tokens * kvBytesPerToken(model.shape, element);
  const text = formatSeconds(size / rate);
  return {
    text,
    title: `Sending the cache of ${formatCount(tokens)} tokens, ${model.name}`,
    formula: String.raw`\frac{T \cdot 2 \cdot L \cdot K \cdot H \cdot b}{\text{rate}}`,
    inputs: [
      countInput("T", "tokens", tokens),
      { symbol: String.raw`\text{cache}`, meaning: "of all of them", value: formatBytes(size) },
      {
        symbol: String.raw`\text{rate}`,
        meaning: "of the link, one direction",
        value: formatBandwidth(rate),
      },
    ],
    substitution: `${formatBytes(size)} / ${formatBandwidth(rate)} = ${text}`,
    note: "The link's latency and what else it carries are left out.",
    sources: [modelSource(model)],
  };
};
