// Replays a recording of a real engine through our code and says where they part. Every schema of the golden files is
// known here; which one a file has is told by its own words.
import { Comparison, DivergenceFound, type Divergence } from "./divergence.ts";
import { Field, MalformedRecording } from "./field.ts";
import { replayHashes } from "./hashes.ts";
import { replayKv } from "./kv.ts";
import { replayNano } from "./nano.ts";
import { replaySched } from "./sched.ts";
import { replayV0Blocks, replayV0Steps } from "./v0.ts";

/** Replays one trace; returns the number of steps compared. */
export type TraceReplay = (trace: Field, check: Comparison) => number;

export interface ReplayResult {
  readonly numTraces: number;
  readonly numSteps: number;
  /** The first difference; undefined if there is none. */
  readonly divergence: Divergence | undefined;
  /** Fields of the recording that nothing compares. */
  readonly unread: readonly string[];
}

const KINDS: Readonly<Record<string, TraceReplay>> = {
  kv: replayKv,
  sched: replaySched,
  nano: replayNano,
  hash: replayHashes,
  v0: (trace, check) => (trace.has("ops") ? replayV0Blocks(trace, check) : replayV0Steps(trace, check)),
};

/** @throws MalformedRecording, with a sentence, if the file is not a recording of a known schema. */
export function replay(file: unknown): ReplayResult {
  const unread = new Set<string>();
  let [numTraces, numSteps] = [0, 0];
  const traces = tracesOf(new Field(file, ""));
  for (const { id, trace, run } of traces) {
    const check = new Comparison(id);
    try {
      numSteps += run(trace, check);
    } catch (error) {
      if (!(error instanceof DivergenceFound)) throw error;
      numTraces += 1;
      return { numTraces, numSteps: numSteps + check.step + 1, divergence: error.divergence, unread: [...unread] };
    }
    numTraces += 1;
    for (const field of check.unread) unread.add(field);
  }
  return { numTraces, numSteps, divergence: undefined, unread: [...unread] };
}

interface Trace {
  readonly id: string;
  readonly trace: Field;
  readonly run: TraceReplay;
}

function tracesOf(file: Field): Trace[] {
  const list = file.find("traces") ?? file.find("vectors") ?? file.get("scenarios");
  return list.list().map((trace, index) => ({
    id: trace.find("id")?.name() ?? String(index),
    trace,
    run: KINDS[kindOf(trace)] ?? (() => 0),
  }));
}

function kindOf(trace: Field): string {
  if (trace.has("algo")) return "hash";
  const type = trace.find("type")?.text();
  if (type) return type;
  if (trace.get("cfg").has("eos")) return "nano";
  if (trace.get("cfg").has("numGpuBlocks")) return "v0";
  return trace.has("ops") ? "kv" : "sched";
}
