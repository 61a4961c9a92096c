// Replays a recording of vLLM V1's KVCacheManager: admit, extend, free, preempt, reset, with the whole state after each.
import { ChainInterner, TokenContent } from "../../paging/block-content.ts";
import { PagedCache, type BlockOwner } from "../../paging/paged-cache.ts";
import { HashNames, recordOf, type Comparison } from "./divergence.ts";
import { MalformedRecording, MAX_ALLOCATED, type Field } from "./field.ts";

interface KvRequest extends BlockOwner {
  readonly content: TokenContent;
  readonly skipsReading: boolean;
  numPreemptions: number;
}

interface Counters {
  requests: number;
  queries: number;
  hits: number;
}

interface PreemptedCounters extends Counters {
  /** Tokens of the longest request that was looked up. */
  longest: number;
}

interface KvReplay {
  readonly check: Comparison;
  readonly cache: PagedCache;
  readonly interner: ChainInterner;
  readonly numLookaheadTokens: number;
  readonly requests: Map<string, KvRequest>;
  readonly names: HashNames;
  readonly stats: { readonly first: Counters; readonly preempted: PreemptedCounters };
}

const OP_KEYS = new Set(
  "op r numNew mustFit out prompt st append lora cacheSalt skipReadingPrefixCache".split(" "),
);
const STATE_KEYS = new Set(["ref", "free", "hash", "tab", "cachedBlocks", "dup"]);
const CFG_KEYS = new Set(
  "blockSize numBlocks enableCaching useEagle slidingWindow lookahead maxModelLen maxNumBatchedTokens".split(
    " ",
  ),
);
const TRACE_KEYS = new Set("id cfg ops stats usage source why type".split(" "));

/** @returns the number of ops. */
export function replayKv(trace: Field, check: Comparison): number {
  const replay = open(trace.get("cfg"), check);
  const ops = trace.get("ops").list();
  check.noteUnread("", trace.keys(), TRACE_KEYS);
  for (const [step, op] of ops.entries()) {
    check.step = step;
    check.noteUnread("ops[].", op.keys(), OP_KEYS);
    runOp(replay, op);
    const state = op.find("st");
    if (state) compareState(replay, state);
  }
  compareTotals(replay, trace);
  return ops.length;
}

function open(cfg: Field, check: Comparison): KvReplay {
  check.noteUnread("cfg.", cfg.keys(), CFG_KEYS);
  const none: Counters = { requests: 0, queries: 0, hits: 0 };
  return {
    check,
    cache: new PagedCache({
      blockSize: cfg.get("blockSize").count(1),
      numBlocks: cfg.get("numBlocks").count(1, MAX_ALLOCATED),
      isCaching: cfg.get("enableCaching").flag(),
      usesEagle: cfg.get("useEagle").flag(),
      slidingWindow: cfg.findValue("slidingWindow")?.count(1),
      maxModelLen: cfg.get("maxModelLen").count(1),
      maxNumBatchedTokens: cfg.findValue("maxNumBatchedTokens")?.count(1),
    }),
    interner: new ChainInterner(),
    numLookaheadTokens: cfg.get("lookahead").count(),
    requests: new Map(),
    names: new HashNames(),
    stats: { first: { ...none }, preempted: { ...none, longest: 0 } },
  };
}

function runOp(replay: KvReplay, op: Field): void {
  const kind = op
    .get("op")
    .oneOf(["admit", "extend", "free", "preempt", "reset_prefix_cache"] as const);
  if (kind === "admit") return admit(replay, op);
  if (kind === "extend") return extend(replay, op);
  if (kind === "reset_prefix_cache") {
    return replay.check.same("out", op.find("out")?.value, replay.cache.pool.resetPrefixCache());
  }
  const request = getRequest(replay, op);
  replay.cache.free(request);
  request.numComputedTokens = 0;
  if (kind === "preempt") request.numPreemptions += 1;
  return undefined;
}

function admit(replay: KvReplay, op: Field): void {
  const { cache, check } = replay;
  const request = op.has("prompt") ? addRequest(replay, op) : getRequest(replay, op);
  if (request.blockTable.length > 0) {
    throw new MalformedRecording(`${op.path} admits a request that holds blocks already.`);
  }
  const hits = request.skipsReading ? [] : cache.findHits(request);
  const numHitTokens = hits.length * cache.config.blockSize;
  if (cache.config.isCaching && !request.skipsReading) countLookup(replay, request, numHitTokens);
  const numNew = op.get("numNew").count();
  const taken = cache.admit(
    request,
    { hits, numNew },
    { numLookaheadTokens: replay.numLookaheadTokens, mustFit: op.get("mustFit").flag() },
  );
  if (taken) request.numComputedTokens = numHitTokens + numNew;
  const out = op.get("out");
  check.same("out.hitTokens", out.find("hitTokens")?.value, numHitTokens);
  check.same("out.hitBlocks", out.find("hitBlocks")?.value, hits);
  check.same("out.newBlocks", out.find("newBlocks")?.value, taken ?? null);
}

function extend(replay: KvReplay, op: Field): void {
  const request = getRequest(replay, op);
  request.content.append(op.get("append").tokens());
  request.numTokens = request.content.tokens.length;
  const numNew = op.get("numNew").count();
  const taken = replay.cache.extend(request, numNew, replay.numLookaheadTokens);
  if (taken) request.numComputedTokens += numNew;
  replay.check.same("out.newBlocks", op.get("out").find("newBlocks")?.value, taken ?? null);
}

function addRequest(replay: KvReplay, op: Field): KvRequest {
  const { interner, cache } = replay;
  const name = op.get("r").name();
  const known = replay.requests.get(name);
  if (known && known.blockTable.length > 0) return known;
  const keys = {
    lora: op.findValue("lora")?.text(),
    cacheSalt: op.findValue("cacheSalt")?.text(),
  };
  const content = new TokenContent(op.get("prompt").tokens(), {
    interner,
    blockSize: cache.config.blockSize,
    keys,
  });
  const request = {
    content,
    numTokens: content.tokens.length,
    numComputedTokens: 0,
    blockTable: [],
    numRegisteredBlocks: 0,
    skipsReading: op.findValue("skipReadingPrefixCache")?.flag() ?? false,
    numPreemptions: 0,
  };
  replay.requests.set(name, request);
  return request;
}

function getRequest(replay: KvReplay, op: Field): KvRequest {
  const name = op.get("r").name();
  const request = replay.requests.get(name);
  if (!request) throw new MalformedRecording(`${op.path} names ${name}, which has no prompt yet.`);
  return request;
}

function countLookup({ stats }: KvReplay, request: KvRequest, numHitTokens: number): void {
  const counters = request.numPreemptions > 0 ? stats.preempted : stats.first;
  if (counters === stats.preempted) {
    stats.preempted.longest = Math.max(stats.preempted.longest, request.numTokens);
  }
  counters.requests += 1;
  counters.queries += request.numTokens;
  counters.hits += numHitTokens;
}

function compareState({ check, cache, requests, names }: KvReplay, state: Field): void {
  const { pool } = cache;
  check.noteUnread("st.", state.keys(), STATE_KEYS);
  const blocks = Array.from({ length: pool.numBlocks }, (_, block) => block);
  const held = [...requests].filter(([, { blockTable }]) => blockTable.length > 0);
  const ref = state.find("ref");
  if (ref)
    check.same(
      "st.ref",
      ref.value,
      blocks.map((block) => pool.refCountOf(block)),
    );
  const free = state.find("free");
  if (free) check.same("st.free", free.value, pool.freeBlocks());
  const hash = state.find("hash")?.list();
  if (hash) {
    const named = blocks.map((block) =>
      names.nameOf(pool.cache.chainOf(block), hash[block]?.integer() ?? -1),
    );
    check.same(
      "st.hash",
      hash.map(({ value }) => value),
      named,
    );
  }
  const tables = state.find("tab");
  if (tables) {
    const got = recordOf(held.map(([name, { blockTable }]) => [name, blockTable] as const));
    check.same("st.tab", withoutEmpty(tables), got);
  }
  compareRegistered(state, { check, held });
  compareDuplicates(state, { check, cache, names });
}

/** vLLM leaves an empty table behind when it refuses a request whose hits reach beyond its window. */
function withoutEmpty(tables: Field): object {
  const entries = tables.entries().filter(([, table]) => table.list().length > 0);
  return recordOf(entries.map(([name, table]) => [name, table.value] as const));
}

function compareRegistered(
  state: Field,
  { check, held }: { readonly check: Comparison; readonly held: readonly [string, KvRequest][] },
): void {
  const expected = state.find("cachedBlocks");
  if (!expected) return;
  const got = held
    .filter(([, { numRegisteredBlocks }]) => numRegisteredBlocks > 0)
    .map(([name, { numRegisteredBlocks }]) => [name, numRegisteredBlocks] as const);
  check.same("st.cachedBlocks", expected.value, recordOf(got));
}

/** Written only where a content is in several blocks; the full state without it means that none is. */
function compareDuplicates(
  state: Field,
  { check, cache, names }: Pick<KvReplay, "check" | "cache" | "names">,
): void {
  if (!state.has("cachedBlocks") && !state.has("dup")) return;
  const prefixCache = cache.pool.cache;
  const got = prefixCache
    .chains()
    .map((chain) => [String(names.findName(chain)), prefixCache.blocksOf(chain)] as const)
    .filter(([, blocks]) => blocks.length > 1);
  check.same("st.dup", state.find("dup")?.value ?? {}, recordOf(got));
}

/** Recorded to six places. */
const USAGE_TOLERANCE = 1e-6;

function compareTotals(replay: KvReplay, trace: Field): void {
  const { check, cache } = replay;
  const usage = trace.findValue("usage");
  if (usage) {
    check.near("usage", { expected: usage.number(), got: cache.pool.usage }, USAGE_TOLERANCE);
  }
  const expected = trace.findValue("stats");
  if (!expected) return;
  const { first, preempted } = replay.stats;
  noteUnrecordedTokens(replay, expected);
  const got = { ...first, preempted: [preempted.requests, preempted.queries, preempted.hits] };
  check.same("stats", expected.value, got);
}

/**
 * Output that takes a request past the longest length is not allocated, so the recorder wrote no op for it. It shows only
 * in the queries of the request's next lookup; a surplus there that reaches past that length is taken over, and said.
 */
function noteUnrecordedTokens({ check, stats, cache }: KvReplay, expected: Field): void {
  const queries = expected.findValue("preempted")?.list()[1]?.count() ?? 0;
  const surplus = queries - stats.preempted.queries;
  if (surplus <= 0 || stats.preempted.longest + surplus <= cache.config.maxModelLen) return;
  stats.preempted.queries = queries;
  check.remarks.push(
    `${check.trace}: stats.preempted counts ${surplus} tokens that no recorded op appends.`,
  );
}
