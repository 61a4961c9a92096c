// Reads what a vLLM server answers at /metrics: the few series that tell how loaded it is. Text in Prometheus' format;
// whatever else is in it is passed over.
import { quoted } from "./words.ts";

export interface MetricsSeen {
  readonly numRunning?: number;
  readonly numWaiting?: number;
  /** Share of the KV blocks in use, 0 to 1; of several engines the fullest. */
  readonly cacheUsage?: number;
  readonly numPreemptions?: number;
  /** Prompt tokens looked up in the prefix cache, and found. */
  readonly prefixQueries?: number;
  readonly prefixHits?: number;
  readonly meanPromptTokens?: number;
  readonly meanOutputTokens?: number;
  /** Seconds. */
  readonly interTokenP50?: number;
  readonly interTokenP99?: number;
  readonly timeToFirstTokenP50?: number;
  readonly meanQueueing?: number;
  readonly numBlocks?: number;
  readonly blockSize?: number;
}

export interface MetricsReport {
  readonly seen: MetricsSeen;
  /** Series of vLLM that were read. */
  readonly numRead: number;
  /** A sentence for each value that cannot be. */
  readonly notes: readonly string[];
}

const LINE = /^vllm:([a-z0-9_]{1,80})(?:\{([^\n]{0,4000})\})?[ \t]+(\S{1,40})/;
const MAX_LINE = 4200;
const MAX_NOTES = 8;
/** A histogram of vLLM has some thirty buckets. */
const MAX_BUCKETS = 2000;

interface Bucket {
  readonly upTo: number;
  readonly count: number;
}

/** What all lines say, by name without "vllm:" and without "_total". */
interface Sums {
  readonly sums: Map<string, number>;
  readonly largest: Map<string, number>;
  readonly buckets: Map<string, Bucket[]>;
  labels: string;
}

const WANTED =
  /^(?:num_requests_running|num_requests_waiting|num_preemptions|(?:gpu_|kv_)cache_usage_perc|(?:gpu_)?prefix_cache_(?:queries|hits)|request_(?:prompt|generation)_tokens_(?:sum|count)|request_queue_time_seconds_(?:sum|count)|(?:inter_token_latency|time_per_output_token|time_to_first_token)_seconds_bucket|cache_config_info)$/;

/** @param text - at most as long as the caller allows; read once. */
export function parseMetrics(text: string): MetricsReport {
  const read: Sums = { sums: new Map(), largest: new Map(), buckets: new Map(), labels: "" };
  const notes: string[] = [];
  let numRead = 0;
  for (const line of text.split("\n")) {
    if (!line.startsWith("vllm:")) continue;
    const match = LINE.exec(line.slice(0, MAX_LINE));
    if (match === null) continue;
    const [, long = "", labels = "", value = ""] = match;
    const name = long.replace(/_total$/, "");
    if (!WANTED.test(name)) continue;
    const problem = addLine(read, { name, labels, value });
    if (problem === undefined) numRead += 1;
    else if (notes.length < MAX_NOTES) notes.push(problem);
  }
  return { seen: seenIn(read), numRead, notes };
}

interface Line {
  readonly name: string;
  readonly labels: string;
  readonly value: string;
}

/** @returns a sentence where the value cannot be. */
function addLine(read: Sums, { name, labels, value }: Line): string | undefined {
  const number = /^[+-]?[\d.eE+-]{1,39}$/.test(value) ? Number(value) : NaN;
  if (!(number >= 0 && number <= 1e18)) {
    return `vllm:${name} is a number, 0 or more; got ${quoted(value)}.`;
  }
  if (name.endsWith("usage_perc") && number > 1) {
    return `vllm:${name} is a share from 0 to 1; got ${quoted(value)}.`;
  }
  if (name === "cache_config_info") read.labels ||= labels;
  if (name.endsWith("_bucket")) return addBucket(read, { name, labels, number });
  read.sums.set(name, (read.sums.get(name) ?? 0) + number);
  read.largest.set(name, Math.max(read.largest.get(name) ?? 0, number));
  return undefined;
}

function addBucket(
  { buckets }: Sums,
  { name, labels, number }: { name: string; labels: string; number: number },
): string | undefined {
  const text = /(?:^|,)\s*le="([^"]{1,40})"/.exec(labels)?.[1] ?? "";
  const upTo = text === "+Inf" ? Infinity : Number(text);
  if (text === "" || !(upTo >= 0)) return `vllm:${name} has a bucket without a bound "le".`;
  const list = buckets.get(name) ?? [];
  if (list.length < MAX_BUCKETS) list.push({ upTo, count: number });
  buckets.set(name, list);
  return undefined;
}

function seenIn(read: Sums): MetricsSeen {
  const { sums, largest } = read;
  const first = (...names: string[]) => {
    const name = names.find((one) => sums.has(one));
    return name === undefined ? undefined : sums.get(name);
  };
  const mean = (name: string) => ratio(sums.get(`${name}_sum`), sums.get(`${name}_count`));
  const gaps = quantiles(read, "inter_token_latency", "time_per_output_token");
  return defined({
    numRunning: first("num_requests_running"),
    numWaiting: first("num_requests_waiting"),
    cacheUsage: largest.get("kv_cache_usage_perc") ?? largest.get("gpu_cache_usage_perc"),
    numPreemptions: first("num_preemptions"),
    prefixQueries: first("prefix_cache_queries", "gpu_prefix_cache_queries"),
    prefixHits: first("prefix_cache_hits", "gpu_prefix_cache_hits"),
    meanPromptTokens: mean("request_prompt_tokens"),
    meanOutputTokens: mean("request_generation_tokens"),
    meanQueueing: mean("request_queue_time_seconds"),
    interTokenP50: gaps?.p50,
    interTokenP99: gaps?.p99,
    timeToFirstTokenP50: quantiles(read, "time_to_first_token")?.p50,
    numBlocks: countLabel(read.labels, "num_gpu_blocks"),
    blockSize: countLabel(read.labels, "block_size"),
  });
}

function ratio(sum: number | undefined, count: number | undefined): number | undefined {
  return sum === undefined || !count ? undefined : sum / count;
}

function defined(entries: Readonly<Record<keyof MetricsSeen, number | undefined>>): MetricsSeen {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

function countLabel(labels: string, name: string): number | undefined {
  const text = new RegExp(`(?:^|,)\\s*${name}="(\\d{1,9})"`).exec(labels)?.[1];
  const value = Number(text);
  return text !== undefined && value > 0 ? value : undefined;
}

function quantiles(read: Sums, ...names: string[]) {
  for (const name of names) {
    const buckets = read.buckets.get(`${name}_seconds_bucket`);
    if (buckets === undefined) continue;
    const [p50, p99] = [quantileOf(buckets, 0.5), quantileOf(buckets, 0.99)];
    if (p50 !== undefined && p99 !== undefined) return { p50, p99 };
  }
  return undefined;
}

/**
 * A quantile of cumulative buckets, as Prometheus reckons it: even inside a bucket, and the last bound beyond it.
 * Undefined where nothing was counted.
 */
export function quantileOf(buckets: readonly Bucket[], share: number): number | undefined {
  const byBound = new Map<number, number>();
  for (const { upTo, count } of buckets) byBound.set(upTo, (byBound.get(upTo) ?? 0) + count);
  const sorted = [...byBound].toSorted(([one], [other]) => one - other);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (!(total > 0)) return undefined;
  const wanted = share * total;
  let [low, before] = [0, 0];
  for (const [upTo, count] of sorted) {
    if (count >= wanted) {
      if (upTo === Infinity) return low;
      const inside = count > before ? (wanted - before) / (count - before) : 1;
      return low + (upTo - low) * inside;
    }
    [low, before] = [upTo, count];
  }
  return low;
}
