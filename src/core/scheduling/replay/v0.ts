// Replays a recording of the scheduler of vLLM v0.2.7. Which block is taken is not determined there (it frees a Python
// set), so tables are compared by what they share.
import { distinctBlocks, type V0Block } from "../../paging/v0-blocks.ts";
import { seconds } from "../../units/units.ts";
import { V0Scheduler, samplesThat, type V0Request, type V0Sample } from "../vllm-v0.ts";
import { recordOf, type Comparison } from "./divergence.ts";
import { MalformedRecording, MAX_ALLOCATED, type Field } from "./field.ts";
import { compareWatermark } from "./v0-blocks.ts";

const CFG_KEYS = new Set(
  (
    "blockSize numGpuBlocks numCpuBlocks watermark watermarkBlocks maxNumSeqs maxNumBatchedTokens maxModelLen " +
    "maxPaddings"
  ).split(" "),
);
const ADD_KEYS = new Set("id seq promptLen bestOf maxTokens arrival".split(" "));
const TRACE_KEYS = new Set("id cfg steps why source type".split(" "));
const STEP_KEYS = new Set(
  (
    "add promptRun sched numBatchedTokens nSwapIn nSwapOut nCopies ignored st preemptedRecompute preemptedSwap forks " +
    "finishedSeqs earlyStops after"
  ).split(" "),
);
const STATE_KEYS = new Set("tab ref freeGpu freeCpu waiting running swapped".split(" "));

/** @returns the number of steps. */
export function replayV0Steps(trace: Field, check: Comparison): number {
  check.noteUnread("", trace.keys(), TRACE_KEYS);
  const scheduler = openScheduler(trace.get("cfg"), check);
  const steps = trace.get("steps").list();
  const names = new Set<string>();
  for (const [index, step] of steps.entries()) {
    check.step = index;
    check.noteUnread("steps[].", step.keys(), STEP_KEYS);
    for (const added of step.find("add")?.list() ?? []) {
      check.noteUnread("steps[].add[].", added.keys(), ADD_KEYS);
      addGroup(scheduler, added, names);
    }
    runStep(scheduler, step, check);
  }
  return steps.length;
}

function openScheduler(cfg: Field, check: Comparison): V0Scheduler {
  check.noteUnread("cfg.", cfg.keys(), CFG_KEYS);
  const maxPaddings = cfg.findValue("maxPaddings")?.count();
  const scheduler = new V0Scheduler({
    blockSize: cfg.get("blockSize").count(1),
    numBlocks: cfg.get("numGpuBlocks").count(1, MAX_ALLOCATED),
    numCpuBlocks: cfg.get("numCpuBlocks").count(0, MAX_ALLOCATED),
    watermark: cfg.get("watermark").number(),
    maxNumSeqs: cfg.get("maxNumSeqs").count(1),
    maxNumBatchedTokens: cfg.get("maxNumBatchedTokens").count(1),
    maxModelLen: cfg.get("maxModelLen").count(1),
    ...(maxPaddings === undefined ? {} : { maxPaddings }),
  });
  compareWatermark(cfg, scheduler.blocks, check);
  return scheduler;
}

function addGroup(scheduler: V0Scheduler, added: Field, names: Set<string>): void {
  const id = added.get("id").name();
  if (names.has(id)) throw new MalformedRecording(`${added.path} adds ${id} a second time.`);
  names.add(id);
  const request = {
    id,
    numPromptTokens: added.get("promptLen").count(1, MAX_ALLOCATED),
    maxTokens: added.get("maxTokens").count(),
    numSamples: added.findValue("bestOf")?.count(1) ?? 1,
    arrival: seconds(added.get("arrival").number()),
  };
  scheduler.add(request, added.get("seq").count());
}

function runStep(scheduler: V0Scheduler, record: Field, check: Comparison): void {
  const step = scheduler.schedule();
  const compare = (field: string, got: unknown): void => {
    const expected = record.find(field);
    if (expected) check.same(field, expected.value, got);
  };
  const swappedOut = new Set(step.swappedOut);
  compare("promptRun", step.isPrompt);
  compare(
    "sched",
    step.scheduled.map((live) => [idOf(live), samplesThat(live, "running").map(({ id }) => id)]),
  );
  compare("numBatchedTokens", step.numBatchedTokens);
  compare("nSwapIn", step.numBlocksSwappedIn);
  compare("nSwapOut", step.numBlocksSwappedOut);
  compare("nCopies", step.numBlocksCopied);
  compare("ignored", step.rejected.map(idOf));
  compare("preemptedRecompute", step.preempted.filter((live) => !swappedOut.has(live)).map(idOf));
  compare("preemptedSwap", step.swappedOut.map(idOf));
  compareState(scheduler, record.find("st"), { check, prefix: "st." });
  for (const fork of record.find("forks")?.list() ?? []) applyFork(scheduler, fork);
  const stopped = new Set(record.find("earlyStops")?.counts() ?? []);
  const unfinished = step.scheduled.flatMap((live) => samplesThat(live, "running"));
  scheduler.completeSamples(step, (_, sample) => stopped.has(sample.id));
  const finished = unfinished.filter(({ status }) => status === "finished");
  const expected = record.find("finishedSeqs")?.counts() ?? [];
  check.same("finishedSeqs", sorted(expected), sorted(finished.map(({ id }) => id)));
  compareState(scheduler, record.find("after"), { check, prefix: "after." });
}

/** How many samples a prompt gets is the sampler's doing, so it is taken from the recording. */
function applyFork(scheduler: V0Scheduler, fork: Field): void {
  const [parentId, childId] = fork.counts();
  if (parentId === undefined || childId === undefined) {
    throw new MalformedRecording(`${fork.path} must be [parent, child].`);
  }
  for (const live of scheduler.running) {
    const parent = live.samples.find(({ id }) => id === parentId);
    if (parent) return scheduler.fork(live, parent, childId);
  }
  throw new MalformedRecording(`${fork.path} forks ${parentId}, which does not run.`);
}

interface Place {
  readonly check: Comparison;
  readonly prefix: string;
}

function compareState(
  scheduler: V0Scheduler,
  state: Field | undefined,
  { check, prefix }: Place,
): void {
  if (!state) return;
  check.noteUnread(`steps[].${prefix}`, state.keys(), STATE_KEYS);
  const held = [...scheduler.running, ...scheduler.swapped]
    .flatMap(({ samples }) => samples)
    .filter(({ blockTable }) => blockTable.length > 0)
    .toSorted((a, b) => a.id - b.id);
  const names = namesInFirstUse(held);
  const nameOf = (block: V0Block): string => names.get(block) ?? "";
  const got: Record<string, unknown> = {
    tab: recordOf(held.map(({ id, blockTable }) => [String(id), blockTable.map(nameOf)] as const)),
    ref: recordOf([...names].map(([block, name]) => [name, block.refCount] as const)),
    freeGpu: scheduler.blocks.numFree("gpu"),
    freeCpu: scheduler.blocks.numFree("cpu"),
    waiting: scheduler.queued().map(idOf),
    running: scheduler.running.map(idOf),
    swapped: scheduler.swapped.map(idOf),
  };
  for (const [key, value] of Object.entries(got)) {
    const expected = state.find(key);
    if (expected) check.same(`${prefix}${key}`, expected.value, value);
  }
}

/** Which blocks are shared is determined, which are taken is not: v0 frees a Python set. So names go by first use. */
function namesInFirstUse(held: readonly V0Sample[]): Map<V0Block, string> {
  const blocks = [...distinctBlocks(held)];
  return new Map(
    blocks.map((block, index) => [block, `${block.device === "gpu" ? "g" : "c"}${index}`]),
  );
}

function idOf({ request }: V0Request): string {
  return request.id;
}

function sorted(ids: readonly number[]): number[] {
  return ids.toSorted((a, b) => a - b);
}
