// Replays a recording of vLLM V1's Scheduler. Each step, in order: add requests, abort, schedule, sample, update, new
// drafts. Two spellings are known: that of the random traces (`sched`, `after`) and that of the named scenarios.
import { ChainInterner, TokenContent } from "../../paging/block-content.ts";
import { seconds } from "../../units/units.ts";
import type { ModelOutput } from "../scheduler.ts";
import { V1Scheduler, type V1Request, type V1Step } from "../vllm-v1.ts";
import { FCFS, PRIORITY } from "../waiting-queue.ts";
import { recordOf, type Comparison } from "./divergence.ts";
import { MalformedRecording, MAX_ALLOCATED, type Field } from "./field.ts";

interface SchedReplay {
  readonly check: Comparison;
  readonly scheduler: V1Scheduler;
  readonly interner: ChainInterner;
  readonly eosTokenId: number | undefined;
  readonly contents: Map<V1Request["request"], TokenContent>;
  /** The last draft tokens of each request; its scheduler knows how many of them count. */
  readonly drafts: Map<string, readonly number[]>;
}

const CFG_KEYS = new Set(
  (
    "blockSize numBlocks maxNumSeqs maxNumBatchedTokens maxModelLen enableChunkedPrefill longPrefillTokenThreshold " +
    "policy enablePrefixCaching reserveFullIsl numSpecTokens specMethod eosTokenId slidingWindow"
  ).split(" "),
);
const ADD_KEYS = new Set(
  "id prompt promptToken promptLen maxTokens priority arrival lora cacheSalt".split(" "),
);
const TRACE_KEYS = new Set("id cfg steps catches source why type".split(" "));
const STEP_KEYS = new Set("add abort sched sampled finished drafts after note".split(" "));
const SCHED_KEYS = new Set(
  "tokens new cached resumed hit resumedAt preempted running waiting computed free tab spec".split(
    " ",
  ),
);
const AFTER_KEYS = new Set(["running", "computed", "free", "numTokens"]);
const SCENARIO_STEP_KEYS = new Set(
  (
    "add abort tokens new cached resumed preempted hit resumedAt blocks running waiting freeBlocks spec sampled " +
    "finished drafts computedAfter note"
  ).split(" "),
);

/** @returns the number of steps. */
export function replaySched(trace: Field, check: Comparison): number {
  const replay = open(trace.get("cfg"), check);
  check.noteUnread("", trace.keys(), TRACE_KEYS);
  const steps = trace.get("steps").list();
  for (const [index, step] of steps.entries()) {
    check.step = index;
    for (const added of step.find("add")?.list() ?? []) {
      check.noteUnread("steps[].add[].", added.keys(), ADD_KEYS);
      add(replay, added);
    }
    for (const id of step.find("abort")?.list() ?? []) replay.scheduler.abort(id.name());
    if (step.has("sched") || step.has("tokens")) runStep(replay, step);
    else check.noteUnread("steps[].", step.keys(), STEP_KEYS);
  }
  return steps.length;
}

const EAGLE_LIKE = /^(eagle|mtp|deepseek_mtp)/;

function open(cfg: Field, check: Comparison): SchedReplay {
  check.noteUnread("cfg.", cfg.keys(), CFG_KEYS);
  const usesEagle = EAGLE_LIKE.test(cfg.findValue("specMethod")?.text() ?? "");
  const numSpecTokens = cfg.findValue("numSpecTokens")?.count() ?? 0;
  const slidingWindow = cfg.findValue("slidingWindow")?.count(1);
  return {
    check,
    scheduler: new V1Scheduler({
      blockSize: cfg.get("blockSize").count(1),
      numBlocks: cfg.get("numBlocks").count(1, MAX_ALLOCATED),
      maxNumSeqs: cfg.get("maxNumSeqs").count(1),
      maxNumBatchedTokens: cfg.get("maxNumBatchedTokens").count(1),
      maxModelLen: cfg.get("maxModelLen").count(1),
      enableChunkedPrefill: cfg.get("enableChunkedPrefill").flag(),
      longPrefillTokenThreshold: cfg.get("longPrefillTokenThreshold").count(),
      order: cfg.get("policy").oneOf(["fcfs", "priority"]) === "fcfs" ? FCFS : PRIORITY,
      enablePrefixCaching: cfg.get("enablePrefixCaching").flag(),
      reserveFullIsl: cfg.get("reserveFullIsl").flag(),
      numLookaheadTokens: usesEagle ? numSpecTokens : 0,
      usesEagle,
      ...(slidingWindow === undefined ? {} : { slidingWindow }),
    }),
    interner: new ChainInterner(),
    eosTokenId: cfg.findValue("eosTokenId")?.integer(),
    contents: new Map(),
    drafts: new Map(),
  };
}

function add({ scheduler, interner, contents }: SchedReplay, added: Field): void {
  const id = added.get("id").name();
  if (scheduler.find(id)) throw new MalformedRecording(`${added.path} adds ${id} a second time.`);
  const content = new TokenContent(promptOf(added), {
    interner,
    blockSize: scheduler.config.blockSize,
    keys: {
      lora: added.findValue("lora")?.text(),
      cacheSalt: added.findValue("cacheSalt")?.text(),
    },
  });
  const request = {
    id,
    numPromptTokens: content.tokens.length,
    maxTokens: added.get("maxTokens").count(),
    priority: added.findValue("priority")?.number() ?? 0,
    arrival: seconds(added.get("arrival").number()),
    content,
  };
  contents.set(request, content);
  scheduler.add(request);
}

/** Given in full, or as one token repeated. */
function promptOf(added: Field): number[] {
  const prompt = added.findValue("prompt");
  if (prompt) return prompt.tokens();
  const token = added.findValue("promptToken")?.integer() ?? 0;
  return Array.from({ length: added.get("promptLen").count(1, MAX_ALLOCATED) }, () => token);
}

function runStep(replay: SchedReplay, record: Field): void {
  const { check, scheduler } = replay;
  const step = scheduler.schedule();
  const sched = record.find("sched");
  if (sched) {
    check.noteUnread("steps[].", record.keys(), STEP_KEYS);
    check.noteUnread("steps[].sched.", sched.keys(), SCHED_KEYS);
    compareScheduled(replay, { step, record: sched, prefix: "sched." });
  } else {
    check.noteUnread("steps[].", record.keys(), SCENARIO_STEP_KEYS);
    compareScheduled(replay, { step, record, prefix: "" });
  }
  const finished = scheduler.complete(step, sampledOutput(replay, record.find("sampled")));
  appendSampled(replay, step, record.find("sampled"));
  const expected = record.find("finished")?.list() ?? [];
  check.same("finished", expected.map((id) => id.name()).toSorted(), idsOf(finished).toSorted());
  readDrafts(replay, record.find("drafts"));
  if (sched) compareAfter(replay, record, sched);
  const computedAfter = record.find("computedAfter");
  if (computedAfter) {
    check.same("computedAfter", computedAfter.value, perLive(scheduler, computedTokens));
  }
}

interface ScheduledRecord {
  readonly step: V1Step;
  readonly record: Field;
  /** Leads the names of the fields in a divergence. */
  readonly prefix: string;
}

function compareScheduled(replay: SchedReplay, { step, record, prefix }: ScheduledRecord): void {
  const { check, scheduler } = replay;
  const { pool } = scheduler.cache;
  const compare = (field: string, got: () => unknown): void => {
    const expected = record.find(field);
    if (expected) check.same(`${prefix}${field}`, expected.value, got());
  };
  const isAdmitted = new Set(step.admitted);
  const isResumed = new Set(step.resumed);
  const hits = (wantsResumed: boolean) =>
    recordOf(
      step.admitted
        .map((live, index) => [live, step.numHitTokens[index] ?? 0] as const)
        .filter(([live, numTokens]) => isResumed.has(live) === wantsResumed && numTokens > 0)
        .map(([live, numTokens]) => [idOf(live), numTokens] as const),
    );
  const fresh = step.admitted.filter((live) => !isResumed.has(live));
  const notFresh = (live: V1Request) => !isAdmitted.has(live) || isResumed.has(live);
  compare("tokens", () =>
    step.scheduled.map((live, index) => [idOf(live), step.numScheduledTokens[index]]),
  );
  compare("new", () => idsOf(fresh));
  compare("cached", () => idsOf(step.scheduled.filter(notFresh)));
  compare("resumed", () => idsOf(step.resumed).toSorted());
  compare("preempted", () => idsOf(step.preempted).toSorted());
  const [hit, resumedAt] = [record.find("hit"), record.find("resumedAt")];
  if (hit) check.same(`${prefix}hit`, withoutZeros(hit), hits(false));
  if (resumedAt) check.same(`${prefix}resumedAt`, withoutZeros(resumedAt), hits(true));
  compare("running", () => idsOf(scheduler.running));
  compare("waiting", () => idsOf(scheduler.waiting()));
  compare("computed", () => perLive(scheduler, computedTokens));
  compare("free", () => pool.freeBlocks());
  compare("freeBlocks", () => pool.numFree);
  compare("tab", () => tables(scheduler.running));
  compare("blocks", () => tables(fresh));
  check.same(`${prefix}spec`, record.find("spec")?.value ?? {}, scheduledDrafts(replay, step));
}

function tables(list: readonly V1Request[]): object {
  return recordOf(list.map((live) => [idOf(live), live.blockTable] as const));
}

/** Hits of no token are written in some recordings and left out in others. */
function withoutZeros(counts: Field): object {
  const entries = counts.entries().map(([id, count]) => [id, count.value] as const);
  return recordOf(entries.filter(([, numTokens]) => numTokens !== 0));
}

function scheduledDrafts({ drafts }: SchedReplay, step: V1Step): Record<string, unknown> {
  const scheduled = step.scheduled.flatMap((live, index) => {
    const numDrafts = step.numDraftTokens[index] ?? 0;
    const tokens = drafts.get(idOf(live)) ?? [];
    return numDrafts > 0 ? [[idOf(live), tokens.slice(0, numDrafts)] as const] : [];
  });
  return recordOf(scheduled);
}

function sampledOutput(
  { eosTokenId }: SchedReplay,
  sampled: Field | undefined,
): ModelOutput<V1Request> {
  const tokensOf = (live: V1Request): number[] => sampled?.find(idOf(live))?.tokens() ?? [];
  return {
    numSampled: (live) => tokensOf(live).length,
    numUntilStop: (live) => {
      const place = eosTokenId === undefined ? -1 : tokensOf(live).indexOf(eosTokenId);
      return place < 0 ? Infinity : place + 1;
    },
  };
}

/** Of the sampled tokens, the content takes as many as the scheduler kept. */
function appendSampled({ contents }: SchedReplay, step: V1Step, sampled: Field | undefined): void {
  for (const live of step.scheduled) {
    const content = contents.get(live.request);
    const numKept = live.numTokens - (content?.tokens.length ?? 0);
    if (numKept > 0) content?.append(sampled?.get(idOf(live)).tokens().slice(0, numKept) ?? []);
    if (live.isFinished) contents.delete(live.request);
  }
}

function readDrafts({ scheduler, drafts }: SchedReplay, record: Field | undefined): void {
  for (const [id, tokens] of record?.entries() ?? []) {
    const live = scheduler.find(id);
    if (!live) continue;
    drafts.set(id, tokens.tokens());
    scheduler.setDrafts(live, tokens.tokens().length);
  }
}

/** What the update did not change is not written again. */
function compareAfter({ check, scheduler }: SchedReplay, record: Field, sched: Field): void {
  const after = record.find("after");
  if (!after) return;
  check.noteUnread("steps[].after.", after.keys(), AFTER_KEYS);
  const compare = (field: string, got: () => unknown): void => {
    const expected = after.find(field) ?? sched.find(field);
    if (expected) check.same(`after.${field}`, expected.value, got());
  };
  compare("running", () => idsOf(scheduler.running));
  compare("computed", () => perLive(scheduler, computedTokens));
  compare("free", () => scheduler.cache.pool.freeBlocks());
  compare("numTokens", () => perLive(scheduler, ({ numTokens }) => numTokens));
}

const computedTokens = (live: V1Request): number => live.numComputedTokens;

function perLive(scheduler: V1Scheduler, value: (live: V1Request) => number): object {
  const all = [...scheduler.running, ...scheduler.waiting()];
  return recordOf(all.map((live) => [idOf(live), value(live)] as const));
}

function idOf({ request }: V1Request): string {
  return request.id;
}

function idsOf(list: readonly V1Request[]): string[] {
  return list.map(idOf);
}
