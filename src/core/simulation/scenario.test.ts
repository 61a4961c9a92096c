import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { V0Step } from "../scheduling/vllm-v0.ts";
import { seconds } from "../units/units.ts";
import { metricsCsv } from "./metrics-csv.ts";
import { createSimulation, findTraceId } from "./scenario-simulation.ts";
import { serialiseScenario } from "./scenario-json.ts";
import { parseScenario, parseScenarioText } from "./scenario.ts";

const LENGTHS = { mean: 20, cv: 1, max: 100 };

const SCENARIO = {
  schema: "memory-bound/scenario",
  version: 1,
  name: "Small",
  model: "llama-3.1-8b",
  gpu: "a100-80gb-sxm",
  server: { maxModelLen: 512, numBlocks: 64 },
  policy: "vllm-v1",
  stepTimes: { kind: "linear", stepMs: 10, perTokenUs: 1 },
  requests: {
    kind: "synthetic",
    numRequests: 20,
    ratePerS: 5,
    prompt: LENGTHS,
    output: LENGTHS,
  },
  slo: { timeToFirstTokenMs: 500, timePerOutputTokenMs: 50 },
};

const OWN_MODEL = {
  name: "mine",
  contextLength: 1024,
  numLayers: 2,
  width: 64,
  hiddenWidth: 256,
  numHeads: 4,
  numKvHeads: 2,
  headWidth: 16,
  vocabulary: 1000,
};

const OWN_GPU = {
  name: "mine",
  memoryGB: 24,
  bandwidthTBps: 1,
  dense16BitTFLOPs: 100,
  numSms: 80,
  l2MiB: 40,
  pcieGeneration: 4,
};

const OWN_TRACE = {
  name: "mine",
  gapsMs: [0, 5, 7],
  promptTokens: [40, 50, 60],
  outputTokens: [1, 2, 3],
  hashBlockSize: 32,
  hashIdRuns: [[0, 2], [0, 1, 7, 1], []],
};

describe("a scenario that is right", () => {
  test("defaults are vLLM's", () => {
    const { deployment, policy, seed, enablePrefixCaching } = parseScenario({
      ...SCENARIO,
      server: undefined,
      policy: undefined,
    });
    expect(deployment).toMatchObject({ blockSize: 16, maxNumSeqs: 256, numGpus: 1 });
    expect([policy.id, seed, enablePrefixCaching]).toEqual(["vllm-v1", 1, true]);
  });

  test.each<[string, object]>([
    ["as it is", {}],
    ["with a model and a GPU of one's own", { model: OWN_MODEL, gpu: OWN_GPU, server: {} }],
    [
      "from a trace, on two GPUs",
      {
        server: {
          numGpus: 2,
          kvCache: "fp8",
          maxNumBatchedTokens: 4096,
          enablePrefixCaching: false,
        },
        requests: { kind: "trace", trace: "azure-2023-code", numRequests: 10, rateScale: 2 },
      },
    ],
    [
      "from rows",
      {
        requests: {
          kind: "rows",
          rows: [
            [0, 5, 2],
            [1.5, 6, 3],
          ],
        },
        slo: undefined,
      },
    ],
    [
      "with options of its policy and a shared prefix",
      {
        policyOptions: { longPrefillTokenThreshold: 256, reserveFullIsl: false },
        requests: { ...SCENARIO.requests, sharedPrefix: { tokens: 64, share: 0.5, count: 3 } },
      },
    ],
    [
      "with priorities and samples",
      {
        policy: "vllm-v0",
        policyOptions: { numCpuBlocks: 5 },
        requests: {
          kind: "rows",
          rows: [
            [0, 5, 2, -3],
            [1.5, 6, 3, 0, 4],
          ],
        },
      },
    ],
    [
      "with urgent requests",
      {
        requests: { ...SCENARIO.requests, urgent: { share: 0.25, priority: -2 }, samples: 1 },
      },
    ],
    ["with a trace of its own", { requests: { kind: "trace", trace: OWN_TRACE, rateScale: 2 } }],
    ["fitted", { stepTimes: { kind: "fitted", overheadMs: 2 }, seed: 9 }],
  ])("written and read again it is the same: %s", (_, change) => {
    const scenario = parseScenario({ ...SCENARIO, ...change });
    expect(parseScenarioText(serialiseScenario(scenario))).toEqual(scenario);
  });

  test("runs, and says so under the names of vLLM's metrics", () => {
    const report = createSimulation(parseScenario(SCENARIO)).finish();
    const csv = metricsCsv(report);
    expect(csv).toContain("vllm:request_success,total,20\n");
    expect(csv).toContain(`vllm:time_to_first_token_seconds,p99,${report.timeToFirstToken.p99}\n`);
    expect(csv).toContain(`vllm:generation_tokens,total,${report.numOutputTokens}\n`);
    expect(csv).toContain(`vllm:prompt_tokens_cached,total,${report.prefixes.numHit}\n`);
    expect(csv).toContain("vllm:request_inference_time_seconds,p50,");
    // From the first step to the last token: the two phases together.
    const { inference, prefill, decode } = report;
    expect(inference.mean).toBeCloseTo(prefill.mean + decode.mean, 9);
    for (const line of csv.trim().split("\n").slice(1)) {
      expect(line).toMatch(/^[a-z0-9_:]+,[a-z0-9]+,-?[0-9.e+-]+$/);
    }
  });

  test("rows arrive when they say", () => {
    const rows = [
      [0, 5, 1],
      [2500, 6, 1],
    ];
    const scenario = parseScenario({ ...SCENARIO, requests: { kind: "rows", rows } });
    const starts: number[] = [];
    createSimulation(scenario, {
      onOutcome: (outcome) => starts.push(outcome.isRefused ? Number.NaN : outcome.started),
    }).finish();
    expect(starts).toEqual([0, 2.5]);
  });

  test("a trace that is named must be given", () => {
    const scenario = parseScenario({
      ...SCENARIO,
      requests: { kind: "trace", trace: "mooncake-conversation", numRequests: 5 },
    });
    expect(findTraceId(scenario)).toBe("mooncake-conversation");
    expect(() => createSimulation(scenario)).toThrow(/trace mooncake-conversation: it is missing/);
  });

  test("a cache too small for one request is refused", () => {
    const scenario = parseScenario({ ...SCENARIO, server: { maxModelLen: 2048, numBlocks: 4 } });
    expect(() => createSimulation(scenario)).toThrow(/^One request of "maxModelLen" tokens, 2048/);
  });
});

const { requests } = SCENARIO;

describe("a scenario that is wrong gets a sentence with the field's name", () => {
  test.each<[string, unknown, RegExp]>([
    ["null", null, /^A scenario must be a JSON object/],
    ["a list", [], /^A scenario must be a JSON object/],
    ["another schema", { ...SCENARIO, schema: "x" }, /^"schema" must be/],
    ["a later version", { ...SCENARIO, version: 2 }, /^"version" must be/],
    ["an unknown field", { ...SCENARIO, modle: "x" }, /^"modle" is not a field/],
    ["an unknown model", { ...SCENARIO, model: "gpt-9" }, /^"model" must be/],
    ["no model", { ...SCENARIO, model: undefined }, /^In "model": A model must be/],
    ["a model of text", { ...SCENARIO, model: { numLayers: "2" } }, /^In "model": /],
    ["an unknown GPU", { ...SCENARIO, gpu: "abacus" }, /^"gpu" must be/],
    ["a server of text", { ...SCENARIO, server: "fast" }, /^In "server": "server" must be/],
    ["no GPUs", { ...SCENARIO, server: { numGpus: 0 } }, /^In "server": "numGpus"/],
    ["blocks of -1", { ...SCENARIO, server: { blockSize: -1 } }, /^In "server": "blockSize"/],
    ["a flag of text", { ...SCENARIO, server: { enablePrefixCaching: "no" } }, /"enablePrefixC/],
    ["an unknown policy", { ...SCENARIO, policy: "lottery" }, /^"policy" must be one of/],
    ["a policy called constructor", { ...SCENARIO, policy: "constructor" }, /^"policy" must/],
    ["a negative step", { ...SCENARIO, stepTimes: { kind: "linear", stepMs: -1 } }, /"stepMs"/],
    [
      "a negative token",
      { ...SCENARIO, stepTimes: { kind: "linear", stepMs: 1, perTokenUs: -1 } },
      /"perTokenUs"/,
    ],
    ["no requests", { ...SCENARIO, requests: undefined }, /^In "requests": "requests" must be/],
    ["too many", { ...SCENARIO, requests: { ...requests, numRequests: 1e9 } }, /"numRequests"/],
    ["no rate", { ...SCENARIO, requests: { ...requests, ratePerS: 0 } }, /"ratePerS"/],
    ["a rate of text", { ...SCENARIO, requests: { ...requests, ratePerS: "5" } }, /"ratePerS"/],
    [
      "a mean above its maximum",
      { ...SCENARIO, requests: { ...requests, prompt: { mean: 9, max: 5 } } },
      /^In "requests": In "prompt": "mean"/,
    ],
    [
      "an absurd spread",
      { ...SCENARIO, requests: { ...requests, output: { mean: 9, cv: 1e300 } } },
      /"output": "cv"/,
    ],
    [
      "rows that go back",
      {
        ...SCENARIO,
        requests: {
          kind: "rows",
          rows: [
            [5, 1, 1],
            [4, 1, 1],
          ],
        },
      },
      /row 2 does not/,
    ],
    [
      "rows of nothing",
      { ...SCENARIO, requests: { kind: "rows", rows: [[0, 1, 0]] } },
      /row 1 does not/,
    ],
    [
      "an unknown trace",
      { ...SCENARIO, requests: { kind: "trace", trace: "x", numRequests: 1 } },
      /"trace" must be/,
    ],
    ["a seed of -1", { ...SCENARIO, seed: -1 }, /^"seed" must be/],
    [
      "half an objective",
      { ...SCENARIO, slo: { timeToFirstTokenMs: 1 } },
      /^In "slo": "timePerOutputTokenMs"/,
    ],
  ])("%s", (_, json, message) => {
    expect(() => parseScenario(json)).toThrow(RangeError);
    expect(() => parseScenario(json)).toThrow(message);
  });

  test("keys that reach for the prototype are fields like any other, and unknown", () => {
    for (const key of ["__proto__", "constructor", "toString"]) {
      const text = JSON.stringify(SCENARIO).replace("{", `{"${key}":{"policy":"x"},`);
      expect(() => parseScenarioText(text)).toThrow(`"${key}" is not a field`);
    }
  });

  test("ten megabytes of noise, an unclosed brace and a million brackets are refused at once", () => {
    expect(() => parseScenarioText("x".repeat(10_000_000))).toThrow(/at most 4000000 characters/);
    expect(() => parseScenarioText('{"schema":')).toThrow(/must be JSON/);
    expect(() => parseScenarioText("[".repeat(1_000_000))).toThrow(RangeError);
  });

  test("whatever JSON it is, the answer is a scenario or a RangeError", () => {
    const fields = Object.keys({ ...SCENARIO, seed: 1 });
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
        try {
          parseScenario({ ...SCENARIO, [field]: value });
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test("a token's time in microseconds is kept to the last digit that matters", () => {
  const { stepTimes } = parseScenario(SCENARIO);
  expect(stepTimes).toEqual({
    kind: "linear",
    step: seconds(0.01),
    perToken: seconds(1e-6),
    perKey: seconds(0),
  });
});

/** Prompts of 100 tokens, 6 whole blocks of 16, of which 5 are the prefix. */
const shared = (share: number) =>
  createSimulation(
    parseScenario({
      ...SCENARIO,
      requests: {
        ...SCENARIO.requests,
        ratePerS: 1,
        prompt: { mean: 100, cv: 0 },
        output: { mean: 2, cv: 0 },
        sharedPrefix: { tokens: 80, share },
      },
    }),
  ).finish();

describe("what prompts share", () => {
  test("one prefix of 5 blocks is found by 19 of 20 requests", () => {
    expect(shared(1).prefixes).toEqual({ numQueried: 20 * 100, numHit: 19 * 80 });
  });

  test("a share of none finds nothing", () => {
    expect(shared(0).prefixes.numHit).toBe(0);
  });
});

describe("options of a policy", () => {
  test.each([
    ["vllm-v1", { watermark: 0.1 }, /"policyOptions": "watermark" is not a field; there are long/],
    ["vllm-v1", { longPrefillTokenThreshold: -1 }, /"policyOptions": "longPrefillTokenThreshold"/],
    ["vllm-v1", { reserveFullIsl: 1 }, /"policyOptions": "reserveFullIsl"/],
    ["vllm-v0", { watermark: 2 }, /"policyOptions": "watermark" must be a number from 0 to 1/],
    ["vllm-v0", { maxPaddings: "5" }, /"policyOptions": "maxPaddings"/],
    ["static", { watermark: 0.1 }, /"policyOptions": .*Static batching has no options/],
    ["vllm-v1", JSON.parse('{"__proto__":{"reserveFullIsl":true}}'), /"__proto__" is not a field/],
    ["vllm-v1", [], /"policyOptions"/],
  ])("%s refuses %j by name", (policy, policyOptions, sentence) => {
    expect(() => parseScenario({ ...SCENARIO, policy, policyOptions })).toThrow(sentence);
  });

  test("a threshold cuts a prompt of 100 tokens into four", () => {
    const rows = [[0, 100, 1]];
    const { numSteps } = createSimulation(
      parseScenario({
        ...SCENARIO,
        requests: { kind: "rows", rows },
        policyOptions: { longPrefillTokenThreshold: 30 },
      }),
    ).finish();
    expect(numSteps).toBe(4);
  });

  test("a watermark of half the blocks leaves a prompt of more than half unserved", () => {
    const longPrompt = { kind: "rows", rows: [[0, 500, 1]] };
    const refused = [0, 0.6].map(
      (watermark) =>
        createSimulation(
          parseScenario({
            ...SCENARIO,
            requests: longPrompt,
            policy: "vllm-v0",
            policyOptions: { watermark },
          }),
        ).finish().numRefused,
    );
    expect(refused).toEqual([0, 1]);
  });
});

test.each([
  [{ tokens: 0 }, /"requests": .*"sharedPrefix": "tokens"/],
  [{ tokens: 10, share: 2 }, /"sharedPrefix": "share" must be a number from 0 to 1/],
  [{ tokens: 10, of: 2 }, /"sharedPrefix": "of" is not a field/],
])("a shared prefix of %j is refused by name", (sharedPrefix, sentence) => {
  const changed = { ...SCENARIO, requests: { ...SCENARIO.requests, sharedPrefix } };
  expect(() => parseScenario(changed)).toThrow(sentence);
});

interface Served {
  readonly id: string;
  readonly priority: number;
  readonly queueing: number;
}

/** Requests in the order in which they end. */
function servedBy(policy: string, change: object): Served[] {
  const served: Served[] = [];
  createSimulation(parseScenario({ ...SCENARIO, policy, ...change }), {
    onOutcome: (one) => {
      if (one.isRefused) return;
      const { id, priority, started, arrival } = one;
      served.push({ id, priority, queueing: started - arrival });
    },
  }).finish();
  return served;
}

function meanQueueing(served: readonly Served[], priority: number): number {
  const those = served.filter((one) => one.priority === priority);
  return those.reduce((sum, { queueing }) => sum + queueing, 0) / those.length;
}

describe("priority", () => {
  // One at a time: both come while the first runs.
  const change = {
    server: { maxModelLen: 512, numBlocks: 64, maxNumSeqs: 1 },
    requests: {
      kind: "rows",
      rows: [
        [0, 8, 5],
        [1, 8, 5],
        [2, 8, 5, -1],
      ],
    },
  };

  test("of a row decides who is next, under the policy that heeds it", () => {
    expect(servedBy("vllm-v1", change).map(({ id }) => id)).toEqual(["1", "2", "3"]);
    expect(servedBy("vllm-v1-priority", change).map(({ id }) => id)).toEqual(["1", "3", "2"]);
  });

  test("of the urgent share of drawn requests shortens their queue and no other policy's", () => {
    const drawn = {
      server: { maxModelLen: 512, numBlocks: 64, maxNumSeqs: 2 },
      requests: { ...requests, numRequests: 200, ratePerS: 50, urgent: { share: 0.2 } },
    };
    const byPriority = servedBy("vllm-v1-priority", drawn);
    const inOrder = servedBy("vllm-v1", drawn);
    const numUrgent = byPriority.filter(({ priority }) => priority === -1).length;
    // 200 draws of 0.2: 40, and 17 more or less is three standard deviations.
    expect(Math.abs(numUrgent - 40)).toBeLessThan(17);
    expect(meanQueueing(byPriority, -1)).toBeLessThan(meanQueueing(byPriority, 0) / 5);
    expect(meanQueueing(inOrder, -1)).toBeGreaterThan(meanQueueing(inOrder, 0) / 2);
  });

  test("leaves lengths and arrivals as they were", () => {
    const plain = servedBy("vllm-v1", {});
    const urgent = servedBy("vllm-v1", { requests: { ...requests, urgent: { share: 0.5 } } });
    expect(urgent.map(({ id, queueing }) => [id, queueing])).toEqual(
      plain.map(({ id, queueing }) => [id, queueing]),
    );
  });
});

function isV0Step(step: object): step is V0Step {
  return "numBlocksCopied" in step;
}

/** What v0 did in all: blocks copied, swapped out and in, and preemptions. */
function runV0(rows: readonly (readonly number[])[], numBlocks: number, more: object = {}) {
  const done = { copied: 0, out: 0, back: 0 };
  const scenario = parseScenario({
    ...SCENARIO,
    policy: "vllm-v0",
    policyOptions: { watermark: 0, ...more },
    server: { maxModelLen: 20, numBlocks, blockSize: 4 },
    requests: { kind: "rows", rows },
  });
  const report = createSimulation(scenario, {
    onStep: ({ step }) => {
      if (!isV0Step(step)) throw new Error("Not a step of v0.");
      const { numBlocksCopied, numBlocksSwappedOut, numBlocksSwappedIn } = step;
      done.copied += numBlocksCopied;
      done.out += numBlocksSwappedOut;
      done.back += numBlocksSwappedIn;
    },
  }).finish();
  return { ...done, report };
}

describe("samples", () => {
  test("three of a prompt of 6 share its second block until they write: two copies", () => {
    const { copied, report } = runV0([[0, 6, 4, 0, 3]], 16);
    expect(copied).toBe(2);
    // A step for the prompt, which gives each its first token, and three more of three tokens each.
    expect(report).toMatchObject({ numSteps: 4, numOutputTokens: 12, numComputedTokens: 6 + 9 });
  });

  test("a full last block is shared without a copy", () => {
    expect(runV0([[0, 8, 4, 0, 3]], 16).copied).toBe(0);
  });

  // Two prompts of two full blocks, each with two samples: 4 blocks, and from the first token of each sample 8. The
  // fifth token asks for more: the request that came last moves, 2 shared blocks and 2 of its own.
  const PAIR = [
    [0, 8, 8, 0, 2],
    [0, 8, 8, 0, 2],
  ];

  test("when memory is short, a request of several samples is swapped out and in", () => {
    const { out, back, report } = runV0(PAIR, 8);
    expect([out, back, report.numPreemptions]).toEqual([4, 4, 1]);
    expect(report).toMatchObject({ numFinished: 2, numOutputTokens: 32, numRefused: 0 });
  });

  test("and one of a single sample is computed again", () => {
    const single = PAIR.map(([at = 0, prompt = 0, output = 0]) => [at, prompt, output]);
    const { out, report } = runV0(single, 5);
    expect([out, report.numFinished]).toEqual([0, 2]);
    expect(report.numPreemptions).toBeGreaterThan(0);
  });

  test("without room in the CPU's memory the engine stops, in a sentence", () => {
    expect(() => runV0(PAIR, 8, { numCpuBlocks: 3 })).toThrow(RangeError);
    expect(() => runV0(PAIR, 8, { numCpuBlocks: 3 })).toThrow(
      /must be swapped out: 4 blocks, and 3/,
    );
  });

  test("of drawn requests: every one has its samples", () => {
    const drawn = { ...requests, samples: 2, output: { mean: 3, cv: 0 } };
    const scenario = parseScenario({ ...SCENARIO, policy: "vllm-v0", requests: drawn });
    // 20 requests of 2 samples of 3 tokens.
    expect(createSimulation(scenario).finish().numOutputTokens).toBe(120);
  });
});

test.each<[string, object, RegExp]>([
  ["a row of two", { kind: "rows", rows: [[0, 1]] }, /row 1 does not\./],
  ["a row of six", { kind: "rows", rows: [[0, 1, 1, 0, 1, 1]] }, /row 1 does not\./],
  ["half a priority", { kind: "rows", rows: [[0, 1, 1, 0.5]] }, /its priority must be a whole/],
  ["no samples", { kind: "rows", rows: [[0, 1, 1, 0, 0]] }, /its samples must be a whole/],
  ["samples under V1", { kind: "rows", rows: [[0, 1, 1, 0, 2]] }, /vllm-v0; vllm-v1 runs one/],
  ["drawn samples under V1", { ...requests, samples: 2 }, /"samples" above 1 need a policy/],
  ["a share of two", { ...requests, urgent: { share: 2 } }, /"urgent": "share" must be a number/],
  ["an unknown field", { ...requests, urgent: { of: 2 } }, /"urgent": "of" is not a field/],
  [
    "a trace of text",
    { kind: "trace", trace: { gapsMs: "x" } },
    /"trace": "gapsMs" must be a list/,
  ],
  ["a trace that is a list", { kind: "trace", trace: [] }, /"trace": A trace must be/],
])("%s is refused in a sentence", (_, wrong, sentence) => {
  expect(() => parseScenario({ ...SCENARIO, requests: wrong })).toThrow(sentence);
});

test("more samples than may run together are refused", () => {
  const json = {
    ...SCENARIO,
    policy: "vllm-v0",
    server: { ...SCENARIO.server, maxNumSeqs: 3 },
    requests: { kind: "rows", rows: [[0, 1, 1, 0, 4]] },
  };
  expect(() => parseScenario(json)).toThrow(/"samples" of one request, 4, .*"maxNumSeqs" is 3/);
});

test("a trace of its own is replayed, and its prefixes are shared", () => {
  const scenario = parseScenario({ ...SCENARIO, requests: { kind: "trace", trace: OWN_TRACE } });
  expect(findTraceId(scenario)).toBeUndefined();
  const report = createSimulation(scenario).finish();
  expect(report).toMatchObject({ numFinished: 3, numPromptTokens: 150, numOutputTokens: 6 });
  // The second begins with the first's first id: 32 tokens, two blocks of 16.
  expect(report.prefixes.numHit).toBe(32);
});

test("blocks beyond what the simulator keeps are refused in a sentence", () => {
  const server = { maxModelLen: 512, numBlocks: 100_000_000 };
  expect(() => parseScenario({ ...SCENARIO, server })).toThrow(/"numBlocks" must be .*10000000/);
  const gpu = { ...OWN_GPU, memoryGB: 1e6 };
  const vast = parseScenario({ ...SCENARIO, model: OWN_MODEL, gpu, server: { blockSize: 1 } });
  expect(() => createSimulation(vast)).toThrow(
    /keeps at most 10000000: give "numBlocks" or a larger/,
  );
});
