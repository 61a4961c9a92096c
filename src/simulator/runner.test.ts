import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ReplyMessage } from "./messages.ts";
import { Runner } from "./runner.ts";

const TRACES = join(import.meta.dirname, "../../public/traces");

/** Each step takes 10 ms, so times can be worked by hand. */
function scenarioText(requests: object, more: object = {}): string {
  return JSON.stringify({
    schema: "memory-bound/scenario",
    version: 1,
    name: "by hand",
    model: "llama-3.1-8b",
    gpu: "h100-sxm",
    stepTimes: { kind: "linear", stepMs: 10 },
    requests,
    ...more,
  });
}

/** Two requests that arrive at once; one of three tokens, one of two. */
const TWO = scenarioText({
  kind: "rows",
  rows: [
    [0, 8, 3],
    [0, 8, 2],
  ],
});

const MANY = scenarioText({
  kind: "synthetic",
  numRequests: 3000,
  ratePerS: 20,
  prompt: { mean: 100 },
  output: { mean: 20 },
});

function traceScenario(trace: string): string {
  return scenarioText({ kind: "trace", trace, numRequests: 20 });
}

/** A runner whose clock moves by a millisecond each time it is read, and what it replied. */
function createHarness() {
  const replies: ReplyMessage[] = [];
  const fetched: string[] = [];
  let time = 0;
  const runner = new Runner({
    reply: (message) => replies.push(message),
    fetchJson: async (url) => {
      fetched.push(url);
      return JSON.parse(readFileSync(url, "utf8"));
    },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    now: () => (time += 1),
  });
  const run = (id: number, scenario: string, withRequests = false) =>
    runner.receive({ kind: "run", id, scenario, withRequests, tracesUrl: `${TRACES}/` });
  const settled = async (id: number) => {
    for (let turn = 0; turn < 5000; turn++) {
      const found = replies.find((reply) => reply.id === id && reply.kind !== "progress");
      if (found) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`No answer to ${id}.`);
  };
  return { runner, replies, fetched, run, settled };
}

test("two requests together: three steps of 10 ms, five tokens", async () => {
  const { run, settled } = createHarness();
  run(1, TWO, true);
  const reply = await settled(1);
  if (reply.kind !== "result") throw new Error("failed");
  const { name, report, csv, requestsCsv } = reply.result;
  expect(name).toBe("by hand");
  expect(report.numSteps).toBe(3);
  expect(report.duration).toBeCloseTo(0.03, 12);
  expect(report.numOutputTokens).toBe(5);
  expect(csv).toContain("vllm:generation_tokens,total,5");
  const [header, first, second, ...rest] = requestsCsv!.split("\n");
  expect(header).toMatch(/^id,arrival_s,/);
  // The second ends first, after two steps.
  expect(first).toBe("2,0,0,0.01,0.02,8,2,0,0,0,1");
  expect(second).toBe("1,0,0,0.01,0.03,8,3,0,0,0,1");
  expect(rest).toEqual([""]);
});

test("rows of requests are kept only where they are asked for", async () => {
  const { run, settled } = createHarness();
  run(1, TWO);
  const reply = await settled(1);
  expect(reply.kind === "result" && reply.result.requestsCsv).toBe(undefined);
});

test("the same text gives the same result, alone and among others", async () => {
  const { run, settled } = createHarness();
  run(1, MANY);
  const alone = await settled(1);
  run(2, MANY);
  run(3, MANY);
  const [second, third] = [await settled(2), await settled(3)];
  if (alone.kind !== "result" || second.kind !== "result" || third.kind !== "result") {
    throw new Error("failed");
  }
  expect(alone.result.report.numFinished).toBe(3000);
  expect(second.result).toEqual(alone.result);
  expect(third.result).toEqual(alone.result);
});

test("a short run that is asked for during a long one ends before it", async () => {
  const { run, settled, replies } = createHarness();
  run(1, MANY);
  run(2, TWO);
  await settled(1);
  const ends = replies.filter(({ kind }) => kind === "result").map(({ id }) => id);
  expect(ends).toEqual([2, 1]);
});

test("progress rises from 0 to 1", async () => {
  const { run, settled, replies } = createHarness();
  run(1, MANY);
  await settled(1);
  const fractions = replies.flatMap((reply) => (reply.kind === "progress" ? reply.fraction : []));
  expect(fractions.length).toBeGreaterThan(2);
  expect(fractions).toEqual(fractions.toSorted((one, other) => one - other));
  expect(fractions.at(-1)).toBeLessThanOrEqual(1);
});

test("a cancelled run is dropped at its next slice, unanswered", async () => {
  const { run, runner, settled, replies } = createHarness();
  run(1, MANY);
  await new Promise((resolve) => setImmediate(resolve));
  runner.receive({ kind: "cancel", id: 1 });
  const numBefore = replies.length;
  run(2, TWO);
  await settled(2);
  expect(replies.slice(numBefore).map(({ id }) => id)).toEqual([2]);
});

test("a trace is fetched once", async () => {
  const { run, settled, fetched } = createHarness();
  run(1, traceScenario("azure-2023-code"));
  run(2, traceScenario("azure-2023-code"));
  await settled(1);
  await settled(2);
  run(3, traceScenario("azure-2023-code"));
  const reply = await settled(3);
  expect(fetched).toEqual([`${TRACES}/azure-2023-code.json`]);
  expect(reply.kind === "result" && reply.result.report.numFinished).toBe(20);
});

test("a trace that could not be fetched fails in a sentence and is asked for again", async () => {
  const replies: ReplyMessage[] = [];
  let numAsked = 0;
  const runner = new Runner({
    reply: (message) => replies.push(message),
    fetchJson: async () => {
      numAsked += 1;
      throw new Error("the server answered 404");
    },
    pause: async () => {},
    now: () => 0,
  });
  for (const id of [1, 2]) {
    const scenario = traceScenario("azure-2023-code");
    runner.receive({ kind: "run", id, scenario, withRequests: false, tracesUrl: "/traces/" });
    await new Promise((resolve) => setImmediate(resolve));
  }
  const message = 'The trace "Azure 2023, code" could not be fetched: the server answered 404.';
  expect(replies.filter(({ kind }) => kind === "failure")).toEqual([
    { kind: "failure", id: 1, message },
    { kind: "failure", id: 2, message },
  ]);
  expect(numAsked).toBe(2);
});

test.each([
  ["no JSON", "hello", /must be JSON/],
  [
    "an unknown policy",
    scenarioText({ kind: "rows", rows: [[0, 1, 1]] }, { policy: "x" }),
    /"policy"/,
  ],
  [
    "no room",
    scenarioText({ kind: "rows", rows: [[0, 1, 1]] }, { server: { numBlocks: 1 } }),
    /blocks/,
  ],
])("a scenario with %s is answered with its sentence", async (_, scenario, sentence) => {
  const { run, settled } = createHarness();
  run(1, scenario);
  expect(await settled(1)).toMatchObject({
    kind: "failure",
    message: expect.stringMatching(sentence),
  });
});
