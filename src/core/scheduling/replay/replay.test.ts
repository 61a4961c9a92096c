// Our block managers and schedulers against recordings of the real ones; and the replay itself: it must see a wrong rule,
// a wrong figure and a file that is no recording.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { NanoBlocks } from "../../paging/nano-blocks.ts";
import { PagedCache } from "../../paging/paged-cache.ts";
import { PrefixCache } from "../../paging/prefix-cache.ts";
import { findCachedBlocks } from "../../paging/prefix-lookup.ts";
import { V0Blocks } from "../../paging/v0-blocks.ts";
import { V1Scheduler } from "../vllm-v1.ts";
import { FCFS, PRIORITY } from "../waiting-queue.ts";
import { replay } from "./replay.ts";

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => vi.restoreAllMocks());

const FOLDER = "tests/golden/serving";
const text = (file: string): string => readFileSync(`${FOLDER}/${file}.json`, "utf8");
const KV = "vllm_v1_kv_manager_traces";
const SCHED = "vllm_v1_scheduler_traces";
const EDGE = "vllm_v1_scheduler_edge_traces";
const NANO = "nano_vllm_traces";
const V0 = "vllm_v0_swap_cow_traces";

describe("recordings of the real engines", () => {
  const files: readonly [file: string, numTraces: number, numSteps: number][] = [
    [KV, 67, 1362],
    [SCHED, 67, 1530],
    [EDGE, 14, 42],
    [NANO, 50, 966],
    [V0, 23, 372],
    ["scenarios", 39, 128],
    ["vllm_block_hash_vectors", 12, 24],
    ["vllm_log_cases", 18, 137],
  ];
  test.each(files)("%s: nothing differs", (file, numTraces, numSteps) => {
    const { remarks, ...result } = replay(JSON.parse(text(file)));
    expect(result).toEqual({ numTraces, numSteps, divergence: undefined, unread: [] });
    expect(remarks).toHaveLength(file === KV ? 1 : 0);
  });
});

describe("a wrong rule is found in the recordings", () => {
  const restore: (() => void)[] = [];
  afterEach(() => {
    for (const undo of restore.splice(0)) undo();
  });
  /** Replaces a method by one that does something else before or instead, until the test ends. */
  function planted<Class extends object, Name extends keyof Class>(
    owner: Class,
    name: Name,
    wrong: (original: Class[Name]) => Class[Name],
  ): void {
    const original = owner[name];
    restore.push(() => (owner[name] = original));
    owner[name] = wrong(original);
  }

  const rules: readonly [rule: string, file: string, plantIt: () => void][] = [
    [
      "the first block of a request is freed first",
      KV,
      () =>
        planted(
          PagedCache.prototype,
          "free",
          (original) =>
            function (this: PagedCache, owner) {
              owner.blockTable.reverse();
              original.call(this, owner);
            },
        ),
    ],
    [
      "the last registered of equal blocks is hit",
      EDGE,
      () =>
        planted(
          PrefixCache.prototype,
          "find",
          () =>
            function (this: PrefixCache, chain) {
              return this.blocksOf(chain).at(-1);
            },
        ),
    ],
    [
      "a prompt may be hit whole",
      EDGE,
      () =>
        planted(
          PagedCache.prototype,
          "findHits",
          () =>
            function (this: PagedCache, owner) {
              if (!this.config.isCaching) return [];
              const numTokens = owner.numTokens + 1;
              return findCachedBlocks(this.pool.cache, owner.content, {
                numTokens,
                rules: this.config,
              });
            },
        ),
    ],
    [
      "EAGLE keeps the last hit block",
      EDGE,
      () =>
        planted(
          PagedCache.prototype,
          "findHits",
          () =>
            function (this: PagedCache, owner) {
              if (!this.config.isCaching) return [];
              return findCachedBlocks(this.pool.cache, owner.content, {
                numTokens: owner.numTokens,
                rules: { ...this.config, usesEagle: false },
              });
            },
        ),
    ],
    [
      "a part of the request is enough to admit it",
      SCHED,
      () =>
        planted(
          PagedCache.prototype,
          "admit",
          (original) =>
            function (this: PagedCache, owner, first, options) {
              return original.call(this, owner, first, { ...options, mustFit: false });
            },
        ),
    ],
    [
      "look-ahead is kept at admission, too",
      EDGE,
      () =>
        planted(
          PagedCache.prototype,
          "admit",
          (original) =>
            function (this: PagedCache, owner, first, options) {
              return original.call(this, owner, first, { ...options, numLookaheadTokens: 3 });
            },
        ),
    ],
    [
      "the first request is preempted",
      SCHED,
      () => vi.spyOn(FCFS, "victimIndex").mockReturnValue(0),
    ],
    [
      "the least urgent is preempted without regard to arrival",
      EDGE,
      () =>
        vi.spyOn(PRIORITY, "victimIndex").mockImplementation((running) => {
          const priorities = running.map(({ request }) => request.priority ?? 0);
          return priorities.indexOf(Math.max(...priorities));
        }),
    ],
    [
      "drafts for a part of a prompt are kept",
      SCHED,
      () =>
        planted(V1Scheduler.prototype, "setDrafts", () => (live, numDrafts) => {
          live.numDrafts = numDrafts;
        }),
    ],
    [
      "rejected drafts stay computed",
      SCHED,
      () =>
        planted(
          V1Scheduler.prototype,
          "complete",
          (original) =>
            function (this: V1Scheduler, step, output) {
              return original.call(
                this,
                { ...step, numDraftTokens: step.scheduled.map(() => 0) },
                output,
              );
            },
        ),
    ],
    [
      "the watermark is ignored",
      V0,
      () =>
        planted(
          V0Blocks.prototype,
          "canAllocate",
          () =>
            function (this: V0Blocks, numTokens) {
              return this.numFree("gpu") * this.config.blockSize >= numTokens ? "ok" : "later";
            },
        ),
    ],
    [
      "a shared block is written without a copy",
      V0,
      () =>
        planted(
          V0Blocks.prototype,
          "append",
          (original) =>
            function (this: V0Blocks, sequence) {
              const isShared = (sequence.blockTable.at(-1)?.refCount ?? 1) > 1;
              const hasRoom =
                sequence.blockTable.length * this.config.blockSize >= sequence.numTokens;
              return isShared && hasRoom ? undefined : original.call(this, sequence);
            },
        ),
    ],
    [
      "nano-vllm shares the last block",
      NANO,
      () =>
        planted(
          NanoBlocks.prototype,
          "findHits",
          (original) =>
            function (this: NanoBlocks, owner) {
              return original.call(this, { ...owner, numTokens: owner.numTokens + this.blockSize });
            },
        ),
    ],
  ];
  test.each(rules)("%s", (_, file, plantIt) => {
    plantIt();
    expect(replay(JSON.parse(text(file))).divergence).toBeDefined();
  });
});

/** Changes what stands at a path of keys. */
function set(root: object, path: readonly string[], value: unknown): void {
  let place = root;
  for (const key of path.slice(0, -1)) {
    const next: unknown = Reflect.get(place, key);
    if (typeof next !== "object" || next === null) throw new Error(`There is no ${key}.`);
    place = next;
  }
  Reflect.set(place, path.at(-1)!, value);
}

describe("a difference", () => {
  test("is named by trace, step, field, what was expected and what came", () => {
    const file = JSON.parse(text(KV));
    const [trace] = file.traces;
    trace.ops[3].st.free = [5, 11];
    const { divergence, numTraces, numSteps } = replay(file);
    expect(divergence).toEqual({
      trace: "kv-0",
      step: 3,
      field: "st.free",
      expected: [5, 11],
      got: [11],
    });
    expect([numTraces, numSteps]).toEqual([1, 4]);
  });

  const changes: readonly [file: string, field: string, path: string, value: unknown][] = [
    [KV, "out.hitTokens", "ops 1 out hitTokens", 20],
    [KV, "usage", "usage", 0.5],
    [SCHED, "sched.tokens", "steps 1 sched tokens 0 1", 2],
    [SCHED, "after.numTokens", "steps 1 after numTokens r01", 99],
    [SCHED, "sched.spec", "steps 2 sched spec r01", []],
    [NANO, "st.waiting", "steps 0 st waiting", []],
    [NANO, "st2.map", "steps 0 st2 map 0 1", 7],
    [V0, "nCopies", "steps 0 nCopies", 1],
    [V0, "cfg.watermarkBlocks", "cfg watermarkBlocks", 9],
  ];
  test.each(changes)("in %s is seen in %s", (file, field, path, value) => {
    const recording = JSON.parse(text(file));
    set(recording.traces[0], path.split(" "), value);
    expect(replay(recording).divergence?.field).toBe(field);
  });

  test("in a field that nothing reads is impossible, and the field is named", () => {
    const [trace] = JSON.parse(text(SCHED)).traces;
    trace.steps[0].sched.newField = 1;
    expect(replay({ traces: [trace] }).unread).toEqual(["steps[].sched.newField"]);
  });
});

/** DeepSeek-V3: 61 layers of 512 + 64 elements, two bytes each: 70,272 bytes a token on every GPU. */
function latentCase(check: object, derived: object): unknown {
  return {
    cases: [
      {
        id: "latent",
        tensorParallel: 8,
        pipelineParallel: 1,
        blockSize: 64,
        arch: { layers: 61, mla: true, kvLoraRank: 512, ropeDim: 64, kvDtypeBytes: 2 },
        // 2,560 blocks of 64 · 70,272 bytes are 10.72 GiB.
        logged: { maxModelLen: 163_840, neededGiB: 10.72 },
        derived,
        check,
      },
    ],
  };
}

/** One of the named scenarios. */
function scenario(id: string) {
  const { scenarios } = JSON.parse(text("scenarios"));
  return scenarios.find((one: { id: string }) => one.id === id);
}

describe("what a recording does not determine is said", () => {
  const LOG = "vllm_log_cases";
  /** The first case of the recorded logs, changed. */
  function logCase(change: (one: Record<string, Record<string, unknown>>) => void): unknown {
    const [one] = JSON.parse(text(LOG)).cases;
    change(one);
    return { cases: [one] };
  }

  test("a case without the model's heads has its blocks named, not passed over", () => {
    const { unread, remarks, divergence, numSteps } = replay(
      logCase(({ arch }) => {
        delete arch!.kvHeads;
        delete arch!.headDim;
      }),
    );
    expect(divergence).toBeUndefined();
    expect(numSteps).toBeGreaterThan(0);
    expect(unread).toContain("derived.bytesPerBlock");
    expect(unread).toContain("check.blocksPredicted");
    expect(remarks[0]).toMatch(
      /derived\.kvHeadsPerGpu.* not compared: its arch lacks layers, or kvHeads/,
    );
  });

  test("an unknown part of the architecture stops the arithmetic, and is named", () => {
    const { remarks, divergence } = replay(logCase(({ arch }) => (arch!.slidingWindow = 1024)));
    expect(divergence).toBeUndefined();
    expect(remarks[0]).toContain("what its arch says of slidingWindow is not known here");
  });

  test("a figure of an unknown name, and an unknown logged one, are named", () => {
    const file = logCase(({ check, logged }) => {
      check!.newFigure = 1;
      logged!.newLine = 1;
    });
    expect(replay(file).unread).toEqual(["cases[].logged.newLine", "check.newFigure"]);
  });

  test("latent attention is not divided by tensor parallelism", () => {
    const bytesPerBlock = 64 * 70_272;
    const right = latentCase({}, { kvBytesPerTokenPerGpu: 70_272, bytesPerBlock });
    expect(replay(right)).toMatchObject({ numSteps: 2, divergence: undefined, unread: [] });
    const divided = latentCase({}, { kvBytesPerTokenPerGpu: 70_272 / 8 });
    expect(replay(divided).divergence).toMatchObject({ expected: 8784, got: 70_272 });
    const heads = latentCase({}, { kvHeadsPerGpu: 16 });
    expect(replay(heads)).toMatchObject({
      divergence: undefined,
      unread: ["derived.kvHeadsPerGpu"],
    });
  });

  test("the memory that one request needs is compared, whatever it is called", () => {
    const right = latentCase({ neededOk: true, neededPredictedGiB: 10.72 }, {});
    expect(replay(right)).toMatchObject({ numSteps: 2, divergence: undefined, unread: [] });
    const wrong = latentCase({ neededOk: false }, {});
    expect(replay(wrong).divergence).toMatchObject({ field: "check.neededOk", got: true });
    const figure = latentCase({ gibNeeded: 10.8 }, {});
    expect(replay(figure).unread).toEqual([]);
    expect(replay(figure).divergence?.field).toBe("check.gibNeeded");
  });

  test("the memory needed counts every pipeline stage", () => {
    // https://github.com/vllm-project/vllm/issues/34076: 262,144 · 48 · 2 · 4 · 128 · 2 bytes are 24 GiB.
    const one = {
      id: "stages",
      tensorParallel: 1,
      pipelineParallel: 2,
      blockSize: 16,
      arch: { layers: 48, kvHeads: 4, headDim: 128, kvDtypeBytes: 2 },
      logged: { maxModelLen: 262_144, kvNeededGiB: 24 },
      check: { neededOk: true },
    };
    expect(replay({ cases: [one] })).toMatchObject({ numSteps: 1, divergence: undefined });
  });

  test("unknown settings of every kind are named", () => {
    for (const file of [KV, SCHED, NANO, V0]) {
      const [trace] = JSON.parse(text(file)).traces;
      trace.cfg.newSetting = 1;
      expect(replay({ traces: [trace] }).unread).toEqual(["cfg.newSetting"]);
    }
    const watermark = scenario("v0-watermark");
    watermark.cfg.newSetting = 1;
    watermark.newField = 1;
    expect(replay({ scenarios: [watermark] }).unread).toEqual(["newField", "cfg.newSetting"]);
  });

  test("the watermark of a scenario of v0 is compared", () => {
    const watermark = scenario("v0-watermark");
    watermark.cfg.watermarkBlocks = 2;
    expect(replay({ scenarios: [watermark] }).divergence).toMatchObject({
      field: "cfg.watermarkBlocks",
      expected: 2,
      got: 1,
    });
  });

  test("traces without a step compare nothing, and that is said", () => {
    const [trace] = JSON.parse(text(NANO)).traces;
    trace.steps = [];
    expect(replay({ traces: [trace] }).remarks).toEqual([
      "no trace has a step or figure: nothing was compared.",
    ]);
  });
});

describe("a file that is no recording gets a sentence", () => {
  const cfg = {
    blockSize: 4,
    numBlocks: 8,
    enableCaching: true,
    useEagle: false,
    slidingWindow: null,
    lookahead: 0,
    maxModelLen: 100,
  };
  const admit = { op: "admit", r: "A", prompt: [1, 2], numNew: 2, mustFit: false, out: {} };
  const files: readonly [what: string, file: unknown, sentence: string][] = [
    ["a number", 5, "The file must be an object, not 5."],
    ["nothing known", { a: 1 }, "The file is no recording: it has none of"],
    ["no trace", { traces: [] }, "The file holds no trace: there is nothing to compare."],
    ["no vector", { type: "hash", vectors: [] }, "The file holds no trace"],
    ["an empty list", [], "The file holds no trace"],
    ["no list", { traces: {} }, "traces must be a list, not {}."],
    [
      "an unknown kind",
      { scenarios: [{ type: "v7" }] },
      "scenarios[0].type is v7, which is none of",
    ],
    ["no configuration", { traces: [{}] }, 'traces[0] has no "cfg".'],
    [
      "a wrong type",
      { traces: [{ cfg: { ...cfg, blockSize: "4" }, ops: [] }] },
      'traces[0].cfg.blockSize must be a whole number from 1, not "4".',
    ],
    [
      "a negative number",
      { traces: [{ cfg: { ...cfg, numBlocks: -1 }, ops: [] }] },
      "traces[0].cfg.numBlocks must be a whole number from 1, not -1.",
    ],
    [
      "a number far too large",
      { traces: [{ cfg: { ...cfg, numBlocks: 1e12 }, ops: [] }] },
      "traces[0].cfg.numBlocks must be at most 1000000",
    ],
    [
      "an unknown operation",
      { traces: [{ cfg, ops: [{ op: "steal" }] }] },
      'traces[0].ops[0].op must be one of admit, extend, free, preempt, reset_prefix_cache, not "steal".',
    ],
    [
      "a request that nobody made",
      { traces: [{ cfg, ops: [{ op: "free", r: "__proto__" }] }] },
      "traces[0].ops[0] names __proto__, which has no prompt yet.",
    ],
    [
      "a request admitted twice",
      {
        traces: [
          {
            cfg,
            ops: [
              { ...admit, out: { hitTokens: 0, hitBlocks: [], newBlocks: [1] } },
              { ...admit, prompt: [3] },
            ],
          },
        ],
      },
      "traces[0].ops[1] admits a request that holds blocks already.",
    ],
  ];
  test.each(files)("%s", (_, file, sentence) => {
    expect(() => replay(file)).toThrow(sentence);
  });

  test("a request may be called __proto__ or constructor", () => {
    for (const r of ["__proto__", "constructor"]) {
      const out = { hitTokens: 0, hitBlocks: [], newBlocks: [1] };
      const tab = JSON.parse(`{"${r}": [1]}`);
      const file = { traces: [{ cfg, ops: [{ ...admit, r, out, st: { tab } }] }] };
      expect(replay(file)).toMatchObject({ numSteps: 1, divergence: undefined, unread: [] });
    }
  });
});
