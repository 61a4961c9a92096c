// Values about scheduling: what a static batch computes for nobody, and what cutting a prompt into chunks takes.
import { defaultDeployment } from "../../core/serving/deployment.ts";
import { engineStepModel, type StepModel } from "../../core/simulation/step-model.ts";
import { formatCount, formatPercent, formatRatio, formatSeconds } from "../../ui/format.ts";
import {
  countInput,
  gpuSource,
  modelSource,
  type ValueArguments,
  type ValueDefinition,
  type ValueInput,
} from "./value.ts";

const FITTED_NOTE =
  "Modelled: fitted kernel times of one forward pass; no scheduling, no sampling, no network.";

function whole(args: ValueArguments, name: string, fallback?: number): number {
  const value = fallback === 0 && args.text(name) === undefined ? 0 : args.number(name, fallback);
  if (!Number.isInteger(value)) throw new Error(`needs ${name}="…" with a whole number`);
  return value;
}

/** Output lengths of the members, with commas between them. */
function lengths(args: ValueArguments): number[] {
  const numbers = (args.text("lengths") ?? "").split(",").map(Number);
  if (numbers.length < 2 || !numbers.every((one) => Number.isInteger(one) && one > 0)) {
    throw new Error('needs lengths="…" with at least two whole numbers');
  }
  return numbers;
}

export const staticIdle: ValueDefinition = (args) => {
  const numbers = lengths(args);
  const longest = Math.max(...numbers);
  const sum = numbers.reduce((total, one) => total + one, 0);
  const rows = numbers.length * longest;
  const text = formatPercent(1 - sum / rows);
  return {
    text,
    title: "Rows of a static batch that serve nobody",
    formula: String.raw`1 - \frac{\sum_i o_i}{B \cdot \max_i o_i}`,
    inputs: [
      {
        symbol: "o_i",
        meaning: "output tokens of each request",
        value: numbers.map(formatCount).join(", "),
      },
      countInput("B", "requests in the batch", numbers.length),
    ],
    substitution: `1 − ${formatCount(sum)} / (${formatCount(numbers.length)} · ${formatCount(longest)}) = ${text}`,
    note: "Decode steps only, each with a row for every member until the longest has ended.",
  };
};

export const prefillChunks: ValueDefinition = (args) => {
  const prompt = whole(args, "prompt");
  const budget = whole(args, "budget");
  const decodes = whole(args, "decodes", 0);
  if (budget <= decodes) throw new Error("needs a budget above its decodes");
  const text = formatCount(Math.ceil(prompt / (budget - decodes)));
  return {
    text,
    title: "Steps that a prompt takes in chunks",
    formula: String.raw`\left\lceil \frac{P}{b - d} \right\rceil`,
    inputs: [
      countInput("P", "tokens of the prompt", prompt),
      countInput("b", "token budget of a step", budget),
      countInput("d", "running requests, a token each", decodes),
    ],
    substitution: `⌈${formatCount(prompt)} / (${formatCount(budget)} − ${formatCount(decodes)})⌉ = ${text}`,
  };
};

interface Chunks {
  readonly seconds: number;
  readonly count: number;
}

/** Of a prompt alone on the GPU. */
function prefillOf(stepModel: StepModel, prompt: number, chunk: number): Chunks {
  let [total, count] = [0, 0];
  for (let cached = 0; cached < prompt; cached += chunk) {
    const fresh = Math.min(chunk, prompt - cached);
    total += stepModel({
      numTokens: fresh,
      numSequences: 1,
      numDecodes: 0,
      numDecodeKeys: 0,
      prefills: [{ cached, fresh }],
    });
    count += 1;
  }
  return { seconds: total, count };
}

function readPrefill(args: ValueArguments) {
  const [model, gpu] = [args.model(), args.gpu()];
  const stepModel = engineStepModel(defaultDeployment(model, gpu), { estimate: "fitted" });
  const prompt = whole(args, "prompt", 0);
  const inputs: ValueInput[] = [countInput("P", "tokens of a prompt", prompt)];
  return { model, gpu, stepModel, prompt, inputs, sources: [modelSource(model), gpuSource(gpu)] };
}

export const chunkedPrefillTime: ValueDefinition = (args) => {
  const { model, gpu, stepModel, prompt, inputs, sources } = readPrefill(args);
  const chunk = whole(args, "chunk", prompt);
  const { seconds, count } = prefillOf(stepModel, prompt, chunk);
  const text = formatSeconds(seconds);
  return {
    text,
    title: `A prompt in ${formatCount(count)} ${count === 1 ? "step" : "steps"}, ${model.name} on an ${gpu.name}`,
    formula: String.raw`\sum_{k=0}^{n-1} t(c \text{ tokens}, kc \text{ cached})`,
    inputs: [
      ...inputs,
      countInput("c", "tokens of a chunk", Math.min(chunk, prompt)),
      countInput("n", "chunks", count),
      { symbol: "t", meaning: "one step, mean", value: formatSeconds(seconds / count) },
    ],
    substitution: `${formatCount(count)} · ${formatSeconds(seconds / count)} = ${text}`,
    note: FITTED_NOTE,
    sources,
  };
};

export const chunkOverhead: ValueDefinition = (args) => {
  const { model, gpu, stepModel, prompt, inputs, sources } = readPrefill(args);
  const chunk = whole(args, "chunk");
  const cut = prefillOf(stepModel, prompt, chunk);
  const uncut = prefillOf(stepModel, prompt, prompt);
  const ratio = cut.seconds / uncut.seconds;
  const isLonger = ratio >= 1 && ratio < 2;
  const text = isLonger ? `${formatPercent(ratio - 1)} longer` : `${formatRatio(ratio)} as long`;
  return {
    text,
    title: `What chunks cost a prompt, ${model.name} on an ${gpu.name}`,
    formula: String.raw`\frac{t_{\text{chunks}}}{t_{\text{whole}}}`,
    inputs: [
      ...inputs,
      countInput("c", "tokens of a chunk", chunk),
      {
        symbol: String.raw`t_{\text{chunks}}`,
        meaning: `${formatCount(cut.count)} steps`,
        value: formatSeconds(cut.seconds),
      },
      {
        symbol: String.raw`t_{\text{whole}}`,
        meaning: "one step",
        value: formatSeconds(uncut.seconds),
      },
    ],
    substitution: `${formatSeconds(cut.seconds)} / ${formatSeconds(uncut.seconds)} = ${formatRatio(ratio, 3)}`,
    note: FITTED_NOTE,
    sources,
  };
};

export const mixedStepTime: ValueDefinition = (args) => {
  const { model, gpu, stepModel, inputs, prompt, sources } = readPrefill(args);
  const decodes = whole(args, "decodes");
  const context = whole(args, "context");
  const hasPrompt = prompt > 0;
  const seconds = stepModel({
    numTokens: decodes + prompt,
    numSequences: decodes + (hasPrompt ? 1 : 0),
    numDecodes: decodes,
    numDecodeKeys: decodes * context,
    prefills: hasPrompt ? [{ cached: 0, fresh: prompt }] : [],
  });
  const text = formatSeconds(seconds);
  return {
    text,
    title: `A step of ${formatCount(decodes)} running requests${hasPrompt ? " and a part of a prompt" : ""}, ${model.name} on an ${gpu.name}`,
    formula: String.raw`t(d \text{ decodes}, P \text{ prompt tokens})`,
    inputs: [
      countInput("d", "running requests, a token each", decodes),
      countInput("S", "tokens in each one's cache", context),
      ...inputs,
    ],
    substitution: `${formatCount(decodes)} + ${formatCount(prompt)} rows: ${text}`,
    note: FITTED_NOTE,
    sources,
  };
};
