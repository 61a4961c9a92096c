import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seconds } from "../units/units.ts";
import { metricsCsv } from "./metrics-csv.ts";
import { createSimulation, findTraceId } from "./scenario-simulation.ts";
import { parseScenario, parseScenarioText, serialiseScenario } from "./scenario.ts";

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
