// What a vLLM log says of a server that runs, or of why it does not: the statistics lines of all its minutes, and the
// errors of memory. The start-up lines are read by core/serving.
import { LOG_RULES } from "../serving/vllm-log-rules.ts";

/** Over all "Engine 000: Avg prompt throughput …" lines in which something ran or waited. */
export interface LogLoad {
  readonly numLines: number;
  readonly meanRunning: number;
  readonly meanWaiting: number;
  /** Share of the KV blocks, 0 to 1. */
  readonly peakUsage: number;
  /** The line's count of the busiest interval. */
  readonly numPreemptions: number;
  /** Of the last line; share, 0 to 1. */
  readonly prefixHitShare: number | undefined;
}

export interface MemoryEvents {
  readonly isOutOfMemory: boolean;
  /** "Free memory on device (10.1/23.6 GiB) on startup is less …": what was free, and all there is, in GiB. */
  readonly occupied: { readonly freeGiB?: number; readonly totalGiB?: number } | undefined;
  readonly hasNothingLeft: boolean;
  /** V0's lines on sequence groups that were preempted. */
  readonly numPreempted: number;
}

export interface ServerLog {
  readonly load: LogLoad | undefined;
  readonly events: MemoryEvents;
}

const MAX_LINE = 8000;
const STATISTICS = LOG_RULES.find(({ kind }) => kind === "statistics");
const OUT_OF_MEMORY = /CUDA out of memory|OutOfMemoryError/;
const OCCUPIED =
  /Free memory on device[^(]{0,40}(?:\((\d{1,5}(?:\.\d{1,6})?)\/(\d{1,5}(?:\.\d{1,6})?) ?GiB\))?[^\n]{0,40}on startup is less/;

export function readServerLog(text: string): ServerLog {
  const statistics: Readonly<Record<string, number | string>>[] = [];
  const counts = { outOfMemory: 0, nothingLeft: 0, preempted: 0 };
  let occupied: MemoryEvents["occupied"];
  for (const whole of text.split("\n")) {
    const line = whole.slice(0, MAX_LINE);
    if (OUT_OF_MEMORY.test(line)) counts.outOfMemory += 1;
    if (line.includes("No available memory for the cache blocks")) counts.nothingLeft += 1;
    if (line.includes("is preempted by PreemptionMode.")) counts.preempted += 1;
    if (line.includes("Free memory on device")) occupied ??= readOccupied(line);
    if (!line.includes("Avg prompt throughput")) continue;
    const match = STATISTICS?.pattern.exec(line);
    if (match) statistics.push(STATISTICS?.read([], line.slice(match.index)).fields ?? {});
  }
  return {
    load: summarise(statistics),
    events: {
      isOutOfMemory: counts.outOfMemory > 0,
      occupied,
      hasNothingLeft: counts.nothingLeft > 0,
      numPreempted: counts.preempted,
    },
  };
}

function readOccupied(line: string): MemoryEvents["occupied"] {
  const match = OCCUPIED.exec(line);
  if (match === null) return undefined;
  const [, free, total] = match;
  const [freeGiB, totalGiB] = [Number(free), Number(total)];
  return freeGiB >= 0 && totalGiB > 0 ? { freeGiB, totalGiB } : {};
}

function summarise(lines: readonly Readonly<Record<string, number | string>>[]) {
  const numbers = (name: string, among = lines) =>
    among.flatMap((fields) => {
      const value = fields[name];
      return typeof value === "number" ? [value] : [];
    });
  const busy = lines.filter(({ running, waiting }) => Number(running) + Number(waiting) > 0);
  if (lines.length === 0) return undefined;
  const used = busy.length === 0 ? lines : busy;
  const percent = numbers("prefixHitPercent").at(-1);
  return {
    numLines: used.length,
    meanRunning: mean(numbers("running", used)),
    meanWaiting: mean(numbers("waiting", used)),
    peakUsage: Math.min(1, largest(numbers("cacheUsagePercent", used)) / 100),
    numPreemptions: largest(numbers("preemptions", used)),
    prefixHitShare: percent === undefined ? undefined : Math.min(1, percent / 100),
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function largest(values: readonly number[]): number {
  let most = 0;
  for (const value of values) most = Math.max(most, value);
  return most;
}
