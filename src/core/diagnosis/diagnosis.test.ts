import { describe, expect, test } from "vitest";
import { findGpu } from "../catalog/gpus/gpus.ts";
import { findModel } from "../catalog/models/models.ts";
import { createSimulation } from "../simulation/scenario-simulation.ts";
import { parseScenarioText } from "../simulation/scenario.ts";
import { ALSO_ASKED, ANSWERS } from "./answers.ts";
import { changedLine, diagnose } from "./diagnosis.ts";
import { EXAMPLES, type Example } from "./examples.ts";
import { reportFigures, type Runs } from "./trial.ts";

const LLAMA = findModel("llama-3.1-8b")!;
const CHOICES = { model: LLAMA, gpu: findGpu("h100-sxm")! };

function diagnoseExample({ text, model, gpu }: Example) {
  return diagnose(text, { model: findModel(model)!, gpu: findGpu(gpu)! });
}

function reportOf(text: string) {
  return createSimulation(parseScenarioText(text)).finish();
}

function run({ before, after, tells }: Runs) {
  return reportFigures(tells, reportOf(before), reportOf(after));
}

function valueOf(figures: ReturnType<typeof run>, label: string) {
  const figure = figures.find((one) => one.label.startsWith(label));
  if (figure === undefined) throw new Error(`No figure "${label}".`);
  return figure;
}

test("there is an answer and an example for each of the fifteen groups of questions", () => {
  expect(ANSWERS).toHaveLength(15);
  expect(new Set(EXAMPLES.map(({ id }) => id))).toEqual(new Set(ANSWERS.map(({ id }) => id)));
});

test("what is asked besides is answered, and no issue stands in two places", () => {
  expect(ALSO_ASKED.map(({ issue }) => issue)).toEqual([21348, 34076]);
  const grouped = ANSWERS.flatMap(({ issues }) => issues);
  expect(new Set([...grouped, 21348, 34076]).size).toBe(grouped.length + 2);
});

describe.each(EXAMPLES.map((example) => [example.id, example] as const))("%s", (id, example) => {
  test("its example is told from the text, first of all", () => {
    const { findings, notes } = diagnoseExample(example);
    expect(findings.map((finding) => finding.id)[0]).toBe(id);
    expect(notes).toEqual([]);
  });

  test("it says what to change, and the two sides differ", () => {
    const { findings, seen } = diagnoseExample(example);
    const [finding] = findings;
    expect(finding!.changes.length).toBeGreaterThan(0);
    expect(finding!.figures.length).toBeGreaterThan(0);
    expect(finding!.figures.some(({ before, after }) => before !== after)).toBe(true);
    for (const { before, after } of finding!.figures) {
      expect(Number.isFinite(before) && Number.isFinite(after)).toBe(true);
    }
    expect(changedLine(seen, finding!)).toMatch(/^vllm serve \S+/);
  });
});

function runsOf(id: string) {
  const example = EXAMPLES.find((one) => one.id === id)!;
  return diagnoseExample(example).findings[0]!.runs!;
}

describe("simulated changes do what they promise", () => {
  test("more requests at once end the queue", () => {
    const { before, after } = valueOf(run(runsOf("few-running")), "Waiting in the queue");
    expect(after).toBeLessThan(before / 2);
  });

  test("fewer at once end the preemptions, and less is computed twice", () => {
    const figures = run(runsOf("preemption"));
    const preemptions = valueOf(figures, "Preemptions");
    expect(preemptions.before).toBeGreaterThan(0);
    expect(preemptions.after).toBeLessThan(preemptions.before / 2);
    const computed = valueOf(figures, "Tokens computed");
    expect(computed.after).toBeLessThan(computed.before);
  });

  test("smaller steps shorten the longest gaps", () => {
    const figures = run(runsOf("step-limits"));
    const gap = valueOf(figures, "Gap between tokens");
    expect(gap.after).toBeLessThan(gap.before / 1.5);
  });

  test("whole prompts come sooner than prompts in pieces of 512", () => {
    const { before, after } = valueOf(run(runsOf("small-chunks")), "Time to first token");
    expect(after).toBeLessThan(before);
  });

  test("blocks of 16 waste less than blocks of 256", () => {
    const { before, after } = valueOf(run(runsOf("block-size")), "Cache lost");
    expect(after).toBeLessThan(before / 4);
  });

  test("only the trace goes to the Worker", () => {
    expect(runsOf("prefix-misses").isLarge).toBe(true);
    expect(runsOf("few-running").isLarge).toBe(false);
  });
});

test("the greatest length that fits is the log's estimate, in whole blocks", () => {
  // 5.02 GiB / 131,072 B = 41,123 tokens; the log says 41,120, which is 2570 blocks of 16.
  const example = EXAMPLES.find(({ id }) => id === "longest-request")!;
  const { findings } = diagnoseExample(example);
  expect(findings[0]!.changes).toEqual([{ flag: "max-model-len", value: 41_120 }]);
  expect(findings[0]!.after.maxModelLen).toBe(41_120);
  const starts = findings[0]!.figures.find(({ label }) => label === "vLLM starts")!;
  expect([starts.before, starts.after]).toEqual([0, 1]);
});

test("what is free of an occupied GPU becomes the share, rounded down", () => {
  // 59.32 / 79.15 = 0.7495.
  const example = EXAMPLES.find(({ id }) => id === "memory-in-use")!;
  expect(diagnoseExample(example).findings[0]!.changes).toEqual([
    { flag: "gpu-memory-utilization", value: 0.74 },
  ]);
});

test("N requests need N times their blocks", () => {
  // Llama 3.1 70B: 327,680 B a token, a quarter on each of four GPUs; 1300 tokens are 82 blocks of 16.
  const example = EXAMPLES.find(({ id }) => id === "sizing")!;
  const [finding] = diagnoseExample(example).findings;
  const needed = finding!.figures.find(({ label }) => label.startsWith("Cache they need"))!;
  expect(needed.before).toBe(512 * 82 * 16 * (327_680 / 4));
});

test("an fp8 cache holds twice the tokens in the same bytes", () => {
  const example = EXAMPLES.find(({ id }) => id === "fp8-cache")!;
  const { figures } = diagnoseExample(example).findings[0]!;
  const tokens = figures.find(({ label }) => label.startsWith("Tokens"))!;
  expect(tokens.after / tokens.before).toBeCloseTo(2, 2);
  const [left] = figures;
  expect(left!.after).toBe(left!.before);
});

test("a latent is kept whole on each of eight GPUs", () => {
  const example = EXAMPLES.find(({ id }) => id === "layer-kinds")!;
  const [figure] = diagnoseExample(example).findings[0]!.figures;
  // 61 layers · (512 + 64) · 2 B.
  expect([figure!.before, figure!.after]).toEqual([8 * 70_272, 70_272]);
});

describe("whatever is pasted", () => {
  const hostile: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["ten megabytes of noise", "kv cache 1 2 3 {}[]\\\"' \u0000".repeat(400_000)],
    ["one line of a megabyte", `vllm:num_requests_running{${"a".repeat(1_000_000)}`],
    ["a megabyte of flags", `vllm serve m ${"--max-num-seqs ".repeat(60_000)}`],
    ["a megabyte of quotes", `vllm serve ${"'\"\\".repeat(300_000)}`],
    ["a megabyte of metrics", 'vllm:num_requests_running{engine="0"} NaN\n'.repeat(20_000)],
    ["a megabyte of buckets", 'vllm:inter_token_latency_seconds_bucket{le="1"} 5\n'.repeat(20_000)],
    ["free memory without an end", "Free memory on device (".repeat(40_000)],
    ["line ends with backslashes", `vllm serve m \\\n`.repeat(60_000)],
    [
      "absurd but valid flags",
      "vllm serve m --max-model-len 100000000 --max-num-seqs 1000000 --block-size 4096 --tensor-parallel-size 1024 --gpu-memory-utilization 0.0001",
    ],
    [
      "a log of absurd numbers",
      "GPU KV cache size: 999,999,999,999 tokens\nMaximum concurrency for 1 tokens per request: 999999999.9x",
    ],
  ];

  test.each(hostile)("%s: read in time, and nothing is thrown", (_, text) => {
    const start = performance.now();
    const { notes } = diagnose(text, CHOICES);
    // A hang is minutes; a busy machine is not.
    expect(performance.now() - start).toBeLessThan(20_000);
    for (const note of notes) expect(note).toMatch(/[.”"]$/);
  });

  test("a value that cannot be is named with its flag and what is allowed", () => {
    const line = "vllm serve m --max-num-seqs -5 --gpu-memory-utilization NaN --frobnicate 3";
    const { notes } = diagnose(line, CHOICES);
    expect(notes).toContain('--max-num-seqs is a whole number from 1 to 1,000,000; got "-5".');
    expect(notes).toContain('--gpu-memory-utilization is above 0 and at most 1; got "NaN".');
    expect(notes).toContainEqual(expect.stringContaining('"--frobnicate" is a flag'));
  });

  test("a metric that cannot be is named with what is allowed", () => {
    const text =
      "vllm:num_requests_waiting -3\nvllm:kv_cache_usage_perc 1.7\nvllm:num_preemptions NaN";
    expect(diagnose(text, CHOICES).notes).toEqual(
      expect.arrayContaining([
        'vllm:num_requests_waiting is a number, 0 or more; got "-3".',
        'vllm:kv_cache_usage_perc is a share from 0 to 1; got "1.7".',
        'vllm:num_preemptions is a number, 0 or more; got "NaN".',
      ]),
    );
  });

  test("more than a million characters are cut, and that is said", () => {
    const { notes } = diagnose(" ".repeat(2_000_000), CHOICES);
    expect(notes[0]).toBe("Only the first 1,000,000 of 2,000,000 characters were read.");
  });
});
