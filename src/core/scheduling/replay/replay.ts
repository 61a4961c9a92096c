// Replays a recording of a real engine through our code and says where they part. Every schema of the golden files is
// known here; which one a file has is told by its `meta` or `type`, and failing that by its fields.
import { replayCalc } from "./calc.ts";
import { Comparison, DivergenceFound, type Divergence } from "./divergence.ts";
import { Field, MalformedRecording } from "./field.ts";
import { replayHashes } from "./hashes.ts";
import { replayKv } from "./kv.ts";
import { replayLogCase } from "./log-cases.ts";
import { replayNano } from "./nano.ts";
import { replaySched } from "./sched.ts";
import { replayV0Blocks } from "./v0-blocks.ts";
import { replayV0Steps } from "./v0.ts";

/** Replays one trace; returns the number of steps compared. */
type TraceReplay = (trace: Field, check: Comparison) => number;

export interface ReplayResult {
  /** Replayed, the diverging one included. */
  readonly numTraces: number;
  readonly numSteps: number;
  /** The first difference; undefined if there is none. */
  readonly divergence: Divergence | undefined;
  /** Fields of the recording that nothing compares. */
  readonly unread: readonly string[];
  /** Sentences about figures that the recording itself does not determine. */
  readonly remarks: readonly string[];
}

const KINDS = {
  kv: replayKv,
  sched: replaySched,
  nano: replayNano,
  v0: (trace, check) =>
    trace.has("ops") ? replayV0Blocks(trace, check) : replayV0Steps(trace, check),
  calc: replayCalc,
  hash: replayHashes,
  log: replayLogCase,
} as const satisfies Record<string, TraceReplay>;

type Kind = keyof typeof KINDS;

/** How the kinds are called in `meta` and `type`. */
const KIND_NAMES: ReadonlyMap<string, Kind> = new Map([
  ["kv", "kv"],
  ["sched", "sched"],
  ["nano", "nano"],
  ["v0", "v0"],
  ["calc", "calc"],
  ["hash", "hash"],
  ["log", "log"],
]);

/**
 * Replays every trace of a file, until the first difference.
 *
 * @param file - the file's JSON, parsed.
 * @throws MalformedRecording, with a sentence, if it is not a recording of a known schema, or holds no trace.
 */
export function replay(file: unknown): ReplayResult {
  const [unread, remarks] = [new Set<string>(), [] as string[]];
  let [numTraces, numSteps] = [0, 0];
  const traces = tracesOf(new Field(file));
  if (traces.length === 0) {
    throw new MalformedRecording("The file holds no trace: there is nothing to compare.");
  }
  for (const { kind, trace } of traces) {
    const check = new Comparison(nameOf(trace, numTraces));
    numTraces += 1;
    const { divergence, steps } = runTrace(KINDS[kind], trace, check);
    numSteps += steps;
    for (const field of check.unread) unread.add(field);
    remarks.push(...check.remarks);
    if (divergence) return { numTraces, numSteps, divergence, unread: [...unread], remarks };
  }
  if (numSteps === 0) remarks.push("no trace has a step or figure: nothing was compared.");
  return { numTraces, numSteps, divergence: undefined, unread: [...unread], remarks };
}

function runTrace(
  run: TraceReplay,
  trace: Field,
  check: Comparison,
): { readonly divergence?: Divergence; readonly steps: number } {
  try {
    return { steps: run(trace, check) };
  } catch (error) {
    const steps = check.step + 1;
    if (error instanceof DivergenceFound) return { divergence: error.divergence, steps };
    if (!(error instanceof Error) || error instanceof MalformedRecording) throw error;
    // Our code refuses what the real engine did: that is a difference, too.
    const { trace: name, step } = check;
    const divergence = {
      trace: name,
      step,
      field: "the step",
      expected: "done",
      got: error.message,
    };
    return { divergence, steps };
  }
}

interface KnownTrace {
  readonly kind: Kind;
  readonly trace: Field;
}

/** A file holds a list of traces under one of four names, or is itself a list or a single trace. */
function tracesOf(file: Field): KnownTrace[] {
  if (Array.isArray(file.value)) {
    return file.list().map((trace) => ({ kind: kindOf(trace), trace }));
  }
  const kindOfFile = findFileKind(file);
  for (const [key, kind] of LISTS) {
    const list = file.find(key);
    if (!list) continue;
    return list.list().map((trace) => ({ kind: kind ?? kindOf(trace, kindOfFile), trace }));
  }
  if (file.has("cfg") || file.has("algo") || file.has("in")) {
    return [{ kind: kindOf(file), trace: file }];
  }
  throw new MalformedRecording(
    `The file is no recording: it has none of ${LISTS.map(([key]) => `"${key}"`).join(", ")}.`,
  );
}

const LISTS: readonly [key: string, kind: Kind | undefined][] = [
  ["traces", undefined],
  ["scenarios", undefined],
  ["vectors", "hash"],
  ["cases", "log"],
];

/** `meta.schema` ends in the kind, as in README.md#kv; some files have a `type`. */
function findFileKind(file: Field): Kind | undefined {
  const schema = file.findValue("meta")?.findValue("schema")?.text();
  const type = file.findValue("type")?.text();
  return KIND_NAMES.get(type ?? schema?.split("#").at(-1) ?? "");
}

/** A trace's own `type` counts most, then what the file says, then what the trace looks like. */
function kindOf(trace: Field, kindOfFile?: Kind): Kind {
  const type = trace.findValue("type");
  if (type) {
    const kind = KIND_NAMES.get(type.text());
    if (kind) return kind;
    throw new MalformedRecording(
      `${type.path} is ${type.text()}, which is none of ${[...KIND_NAMES.keys()].join(", ")}.`,
    );
  }
  if (kindOfFile) return kindOfFile;
  if (trace.has("algo")) return "hash";
  if (trace.has("in")) return "calc";
  const cfg = trace.get("cfg");
  if (cfg.has("numGpuBlocks")) return "v0";
  if (trace.has("ops")) return "kv";
  return cfg.has("eos") ? "nano" : "sched";
}

function nameOf(trace: Field, index: number): string {
  const name = trace.findValue("id") ?? trace.findValue("label");
  return name ? name.name() : `number ${index}`;
}
