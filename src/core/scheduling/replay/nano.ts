// Replays a recording of nano-vllm: the state after schedule (`st`) and after the step (`st2`), each written as changes
// against the one before.
import { ChainInterner, TokenContent } from "../../paging/block-content.ts";
import { seconds } from "../../units/units.ts";
import { NanoScheduler, type NanoRequest } from "../nano-vllm.ts";
import { HashNames, recordOf, type Comparison } from "./divergence.ts";
import { MalformedRecording, MAX_ALLOCATED, type Field } from "./field.ts";

interface NanoReplay {
  readonly check: Comparison;
  readonly scheduler: NanoScheduler;
  readonly interner: ChainInterner;
  readonly eos: number;
  readonly contents: Map<string, TokenContent>;
  readonly names: HashNames;
  /** The recorded state as far as it was written, field by field. */
  readonly state: Map<string, Field>;
}

const CFG_KEYS = new Set("blockSize numBlocks maxNumSeqs maxNumBatchedTokens eos".split(" "));
const ADD_KEYS = new Set("id prompt maxTokens".split(" "));
const TRACE_KEYS = new Set("id cfg steps why source type".split(" "));
const STEP_KEYS = new Set("add isPrefill sched preempted st tokens finished st2 idle".split(" "));
const STATE_KEYS = new Set("ref free hash map tab cachedTok waiting running".split(" "));

/** @returns the number of steps. */
export function replayNano(trace: Field, check: Comparison): number {
  const replay = open(trace.get("cfg"), check);
  check.noteUnread("", trace.keys(), TRACE_KEYS);
  const steps = trace.get("steps").list();
  for (const [index, step] of steps.entries()) {
    check.step = index;
    check.noteUnread("steps[].", step.keys(), STEP_KEYS);
    for (const added of step.find("add")?.list() ?? []) {
      check.noteUnread("steps[].add[].", added.keys(), ADD_KEYS);
      add(replay, added);
    }
    runStep(replay, step);
  }
  return steps.length;
}

function open(cfg: Field, check: Comparison): NanoReplay {
  check.noteUnread("cfg.", cfg.keys(), CFG_KEYS);
  const blockSize = cfg.get("blockSize").count(1);
  return {
    check,
    scheduler: new NanoScheduler({
      blockSize,
      numBlocks: cfg.get("numBlocks").count(1, MAX_ALLOCATED),
      maxNumSeqs: cfg.get("maxNumSeqs").count(1),
      maxNumBatchedTokens: cfg.get("maxNumBatchedTokens").count(1),
      maxModelLen: Infinity,
    }),
    interner: new ChainInterner(),
    eos: cfg.get("eos").integer(),
    contents: new Map(),
    names: new HashNames(),
    state: new Map(),
  };
}

function add({ scheduler, interner, contents }: NanoReplay, added: Field): void {
  const id = added.get("id").name();
  if (contents.has(id)) throw new MalformedRecording(`${added.path} adds ${id} a second time.`);
  const content = new TokenContent(added.get("prompt").tokens(), {
    interner,
    blockSize: scheduler.config.blockSize,
  });
  contents.set(id, content);
  scheduler.add({
    id,
    content,
    numPromptTokens: content.tokens.length,
    maxTokens: added.get("maxTokens").count(),
    // nano-vllm keeps requests in the order they came.
    arrival: seconds(0),
  });
}

function runStep(replay: NanoReplay, record: Field): void {
  const { check, scheduler, contents, eos } = replay;
  if (record.findValue("idle")?.flag()) {
    check.same("idle", true, scheduler.running.length + scheduler.numWaiting === 0);
    return;
  }
  const step = scheduler.schedule();
  check.same("isPrefill", record.get("isPrefill").value, step.isPrefill);
  const scheduled = step.scheduled.map((live, i) => [idOf(live), step.numScheduledTokens[i]]);
  check.same("sched", record.get("sched").list().map(namedPair), scheduled);
  const preempted = namesIn(record.get("preempted")).toSorted();
  check.same("preempted", preempted, step.preempted.map(idOf).toSorted());
  compareState(replay, { changes: record.find("st"), prefix: "st." });

  const tokens = record.get("tokens").tokens();
  const tokenOf = (live: NanoRequest) => tokens[step.scheduled.indexOf(live)];
  const numBefore = step.scheduled.map(({ numTokens }) => numTokens);
  const finished = scheduler.complete(step, {
    numSampled: (live) => (tokenOf(live) === undefined ? 0 : 1),
    numUntilStop: (live) => (tokenOf(live) === eos ? 1 : Infinity),
  });
  for (const [index, live] of step.scheduled.entries()) {
    const token = tokens[index];
    const isSampled = live.numTokens > (numBefore[index] ?? 0);
    if (isSampled && token !== undefined) contents.get(idOf(live))?.append([token]);
  }
  check.same("finished", namesIn(record.get("finished")).toSorted(), finished.map(idOf).toSorted());
  for (const live of finished) contents.delete(idOf(live));
  compareState(replay, { changes: record.find("st2"), prefix: "st2." });
}

/** A key that is missing in the changes is as it was: it is compared all the same. */
function compareState(
  { check, scheduler, names, state }: NanoReplay,
  { changes, prefix }: { readonly changes: Field | undefined; readonly prefix: string },
): void {
  check.noteUnread(`steps[].${prefix}`, changes?.keys() ?? [], STATE_KEYS);
  for (const [key, field] of changes?.entries() ?? []) state.set(key, field);
  const { blocks } = scheduler;
  const ids = Array.from({ length: blocks.numBlocks }, (_, block) => block);
  const compare = (
    key: string,
    got: () => unknown,
    expected = (field: Field): unknown => field.value,
  ): void => {
    const field = state.get(key);
    if (field) check.same(`${prefix}${key}`, expected(field), got());
  };
  const live = [...scheduler.waiting(), ...scheduler.running];
  compare("ref", () => ids.map((block) => blocks.refCountOf(block)));
  compare("free", () => blocks.freeBlocks());
  const hash = state.get("hash")?.list() ?? [];
  compare("hash", () =>
    ids.map((block) => names.nameOf(blocks.chainOf(block), hash[block]?.integer() ?? -1)),
  );
  compare(
    "map",
    () =>
      recordOf(blocks.entries().map(([chain, block]) => [String(names.findName(chain)), block])),
    mapEntries,
  );
  compare("tab", () =>
    recordOf(
      live
        .filter(({ blockTable }) => blockTable.length > 0)
        .map((request) => [idOf(request), request.blockTable] as const),
    ),
  );
  compare("cachedTok", () =>
    recordOf(live.map((request) => [idOf(request), request.numComputedTokens] as const)),
  );
  compare("waiting", () => scheduler.waiting().map(idOf), namesIn);
  compare("running", () => scheduler.running.map(idOf), namesIn);
}

/** A list of [hash, block] as a record. */
function mapEntries(map: Field): object {
  return recordOf(
    map.list().map((pair) => {
      const [hash, block] = pair.list();
      if (!hash || !block) throw new MalformedRecording(`${pair.path} must be [hash, block].`);
      return [hash.name(), block.value] as const;
    }),
  );
}

function namedPair(pair: Field): unknown[] {
  const [id, numTokens] = pair.list();
  if (!id || !numTokens) throw new MalformedRecording(`${pair.path} must be [id, tokens].`);
  return [id.name(), numTokens.value];
}

function namesIn(list: Field): string[] {
  return list.list().map((id) => id.name());
}

function idOf({ request }: NanoRequest): string {
  return request.id;
}
