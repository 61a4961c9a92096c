import { expect, test } from "vitest";
import { serialiseScenario } from "../../core/simulation/scenario-json.ts";
import { parseScenario } from "../../core/simulation/scenario.ts";
import { createSimulation } from "../../core/simulation/scenario-simulation.ts";
import { metricsCsv } from "../../core/simulation/metrics-csv.ts";
import { DRAWN, MAX_LINK, NOBODY, parameters, type SimulatorValues } from "./parameters.ts";
import { EXAMPLES } from "./examples.ts";
import { ask, describeAsked, goodShare, shortText, statsOf, tableOf } from "./scene.ts";

const DEFAULTS: SimulatorValues = {
  model: parameters.model.default,
  hardware: parameters.hardware.default,
  gpus: parameters.gpus.default,
  "max-model-len": parameters["max-model-len"].default,
  "max-num-seqs": parameters["max-num-seqs"].default,
  "max-num-batched-tokens": parameters["max-num-batched-tokens"].default,
  blocks: "",
  requests: parameters.requests.default,
  count: parameters.count.default,
  "rate-scale": parameters["rate-scale"].default,
  rate: parameters.rate.default,
  bursts: parameters.bursts.default,
  prompt: parameters.prompt.default,
  output: parameters.output.default,
  prefix: parameters.prefix.default,
  policy: parameters.policy.default,
  against: parameters.against.default,
  urgent: parameters.urgent.default,
  "prefix-caching": parameters["prefix-caching"].default,
  ttft: parameters.ttft.default,
  tpot: parameters.tpot.default,
  scenario: "",
};

function scenariosOf(change: Partial<SimulatorValues>, own?: string) {
  const asked = ask({ ...DEFAULTS, ...change }, own);
  if (!asked.ok) throw new Error(asked.problem);
  return asked.scenarios;
}

/** Two requests at once, of three and two tokens, each step 10 ms; the first answer comes after 10 ms. */
const OWN = JSON.stringify({
  schema: "memory-bound/scenario",
  version: 1,
  model: "llama-3.1-8b",
  gpu: "h100-sxm",
  policyOptions: { longPrefillTokenThreshold: 512 },
  stepTimes: { kind: "linear", stepMs: 10 },
  requests: {
    kind: "rows",
    rows: [
      [0, 8, 3],
      [0, 8, 2],
    ],
  },
});

test("both policies get the same requests, server and objective", () => {
  const [one, other] = scenariosOf({});
  expect([one.policy.id, other?.policy.id]).toEqual(["vllm-v1", "orca-max"]);
  expect({ ...other, policy: one.policy, policyOptions: undefined }).toEqual({
    ...one,
    policyOptions: undefined,
  });
});

test("nothing beside it, or the same policy, is one simulation", () => {
  expect(scenariosOf({ against: NOBODY })).toHaveLength(1);
  expect(scenariosOf({ against: "vllm-v1" })).toHaveLength(1);
});

test("an option goes along to a policy that knows it and no other", () => {
  const [, knows] = scenariosOf({ against: "vllm-v1-whole-prompts" }, OWN);
  expect(knows?.policyOptions).toEqual({ longPrefillTokenThreshold: 512 });
  const [, knowsNot] = scenariosOf({ against: "vllm-v0" }, OWN);
  expect(knowsNot?.policyOptions).toEqual({});
});

test.each<[Partial<SimulatorValues>, RegExp]>([
  [{ count: "many" }, /"requests": "numRequests"/],
  [{ "max-num-seqs": "-1" }, /"server": "maxNumSeqs"/],
  [{ "rate-scale": "0" }, /"rateScale"/],
  [{ requests: DRAWN, prompt: "" }, /"prompt": "mean"/],
  [{ tpot: "soon" }, /"slo": "timePerOutputTokenMs"/],
  [{ model: "llama-3.1-405b" }, /./],
])("%j is answered with a sentence that names the field", (change, sentence) => {
  const asked = ask({ ...DEFAULTS, ...change });
  expect(asked.ok ? "" : asked.problem).toMatch(sentence);
  expect(describeAsked(asked)).toMatch(/^This cannot be simulated\. /);
});

test("every example can be simulated", () => {
  for (const { change, own } of EXAMPLES) {
    expect(ask({ ...DEFAULTS, ...change }, own?.()).ok).toBe(true);
  }
});

test("a scenario in the address is the same scenario; a long one finds no room", () => {
  const short = shortText(OWN)!;
  expect(short.length).toBeLessThanOrEqual(MAX_LINK);
  expect(scenariosOf({ scenario: short })[0]).toEqual(scenariosOf({}, OWN)[0]);
  const rows = Array.from({ length: 400 }, (_, index) => [index, 8, 2]);
  const long = { ...JSON.parse(OWN), requests: { kind: "rows", rows } };
  expect(shortText(serialiseScenario(parseScenario(long)))).toBeUndefined();
});

test("two requests by hand: five tokens in 30 ms, one goodput share, a column each", () => {
  const outcomes = scenariosOf({}, OWN).map((scenario) => {
    const report = createSimulation(scenario).finish();
    return { scenario, report, csv: metricsCsv(report) };
  });
  const [first] = outcomes;
  // No objective: everything that ends is served well.
  expect(goodShare(first!.report)).toBe(1);
  // 5 tokens in 0.03 s; 2 requests.
  expect(statsOf(first!.report)[0]).toMatchObject({
    value: expect.stringMatching(/^167\stokens\/s$/),
    detail: expect.stringMatching(/^66\.7\srequests\/s$/),
  });
  const table = tableOf(outcomes);
  expect(table.columns).toEqual(["Figure", "vLLM V1", "Orca (Max)"]);
  const rowOf = (name: string) =>
    table.rows.find(([label]) => label === name)?.map((cell) => String(cell).replace(/\s/g, " "));
  expect(rowOf("Time to first token, mean")?.slice(1)).toEqual(["10.0 ms", "10.0 ms"]);
  // The second ends after two steps, the first after three.
  expect(rowOf("End to end, mean")?.slice(1)).toEqual(["25.0 ms", "25.0 ms"]);
});

function urgentOf(change: Partial<SimulatorValues>) {
  const { requests } = scenariosOf(change)[0];
  return requests.kind === "rows" ? undefined : requests.urgent;
}

test("urgent requests are drawn where a priority policy asks for them, and nowhere else", () => {
  expect(urgentOf({})).toBeUndefined();
  expect(urgentOf({ policy: "vllm-v1-priority" })).toEqual({ share: 0.1, priority: -1 });
  expect(urgentOf({ against: "vllm-v1-priority", requests: DRAWN, urgent: "0.5" })?.share).toBe(
    0.5,
  );
  const asked = ask({ ...DEFAULTS, policy: "vllm-v1-priority", urgent: "2" });
  expect(asked.ok ? "" : asked.problem).toMatch(/"urgent": "share" must be a number from 0 to 1/);
});

const CSV = "TIMESTAMP,ContextTokens,GeneratedTokens\n0,100,5\n20,200,6\n";

test("a trace of one's own takes the place of the requests and of nothing else", () => {
  const [scenario, other] = scenariosOf({ "max-num-seqs": "7" }, CSV);
  expect(scenario.requests).toMatchObject({ kind: "trace", numRequests: 2, rateScale: 1 });
  expect([scenario.deployment.maxNumSeqs, other?.policy.id]).toEqual([7, "orca-max"]);
  expect(describeAsked(ask(DEFAULTS, CSV))).toMatch(
    /^2 requests of the trace your trace at 1 times/,
  );
  expect(createSimulation(scenario).finish()).toMatchObject({
    numFinished: 2,
    numPromptTokens: 300,
    numOutputTokens: 11,
  });
  const wrong = ask(DEFAULTS, CSV.replace("200", "many"));
  expect(wrong.ok ? "" : wrong.problem).toMatch(
    /ContextTokens must be a number; in line 3 it is "many"/,
  );
});

test("samples are refused in a sentence where the policy beside it cannot fork", () => {
  const own = JSON.parse(OWN);
  const forked = JSON.stringify({
    ...own,
    policy: "vllm-v0",
    policyOptions: {},
    requests: { kind: "rows", rows: [[0, 8, 3, 0, 2]] },
  });
  expect(ask({ ...DEFAULTS, against: NOBODY }, forked).ok).toBe(true);
  const asked = ask(DEFAULTS, forked);
  expect(asked.ok ? "" : asked.problem).toMatch(
    /"samples" above 1 need .*vllm-v0; orca-max runs one/,
  );
});
