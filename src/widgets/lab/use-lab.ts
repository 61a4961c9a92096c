// The lab's engine, its one task at a time, and what the tasks came to.
import { useCallback, useEffect, useRef, useState } from "react";
import { siteUrl } from "../../figure/site-url.ts";
import type { Progress } from "../../experiments/experiment.ts";
import type { ExperimentRecord } from "../../experiments/record.ts";
import type { LoadRequest } from "../../model/engine.ts";
import type { EngineRequest, ReadyEngine } from "../../model/page-engine.ts";
import { noteLatest } from "./comparison.tsx";
import type { ModelFiles } from "./folder.tsx";
import type { LabValues } from "./parameters.ts";
import { runStory, type LabRun } from "./run.ts";
import { sameTokens } from "./scene.ts";
import { openRequestOf } from "./switches.ts";
import { compareSides, profileA, type Profile } from "./tasks.ts";
import { useEngine, type AskedEngine, type EngineStatus } from "./use-engine.ts";

export type TaskKind = "run" | "compare" | "profile";

export interface Results {
  readonly run: LabRun | undefined;
  /** The engine that the run was on. */
  readonly runOn: ReadyEngine | undefined;
  readonly equality: string | undefined;
  readonly profile: Profile | undefined;
  readonly record: ExperimentRecord | undefined;
}

export type TaskState =
  | { readonly kind: "idle" }
  | { readonly kind: "waiting"; readonly task: TaskKind }
  | { readonly kind: "running"; readonly task: TaskKind; readonly progress: Progress | undefined }
  | { readonly kind: "stopped" }
  | { readonly kind: "done"; readonly task: TaskKind }
  | { readonly kind: "failed"; readonly task: TaskKind; readonly message: string };

export interface Lab {
  readonly status: EngineStatus;
  readonly state: TaskState;
  readonly results: Results;
  readonly start: (task: TaskKind) => void;
  readonly stop: () => void;
}

const NOTHING: Results = {
  run: undefined,
  runOn: undefined,
  equality: undefined,
  profile: undefined,
  record: undefined,
};

/** Undefined where the reader's folder is asked for and not there yet. */
function findLoadRequest(
  values: LabValues,
  files: ModelFiles | undefined,
): LoadRequest | undefined {
  if (values.model === "folder") return files && { source: { kind: "files", files } };
  const source = { kind: "url", url: siteUrl(`models/${values.model}`) } as const;
  const inflation = values.model === "stories-1m" ? Number(values.weight) : 1;
  return { source, inflation };
}

interface Ticket {
  readonly task: TaskKind;
  readonly values: LabValues;
  readonly files: ModelFiles | undefined;
}

/** The reader's files are told apart by the choosing, not by their content. */
function isSameEngine(a: EngineRequest, b: EngineRequest): boolean {
  const [before, now] = [a.load.source, b.load.source];
  if (before.kind === "files" && now.kind === "files" && before.files !== now.files) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A run that a later one may be compared with. */
interface EarlierRun extends Omit<Ticket, "task"> {
  readonly run: LabRun;
}

function findEarlier(earlier: EarlierRun | undefined, now: Ticket): LabRun | undefined {
  if (earlier === undefined || now.values.sampling === "sample") return undefined;
  const isSameModel = earlier.values.model === now.values.model && earlier.files === now.files;
  return isSameModel && earlier.values.sampling !== "sample" ? earlier.run : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @param isWantedAtOnce - the reader pressed Run before the lab was there. */
export function useLab(
  values: LabValues,
  files: ModelFiles | undefined,
  isWantedAtOnce: boolean,
): Lab {
  // The model is fetched while the reader looks at the switches.
  const [asked, setAsked] = useState<AskedEngine | undefined>(() => {
    const load = findLoadRequest(values, files);
    return load && { request: { open: openRequestOf(values), load }, attempt: 0 };
  });
  const status = useEngine(asked);
  const [state, setState] = useState<TaskState>({ kind: "idle" });
  const [results, setResults] = useState<Results>(NOTHING);
  const ticket = useRef<Ticket>(undefined);
  const abort = useRef<AbortController>(undefined);
  const latestRun = useRef<EarlierRun>(undefined);

  const work = useCallback(async (ready: ReadyEngine, taken: Ticket) => {
    const { task, values: at } = taken;
    const controller = new AbortController();
    abort.current = controller;
    const { signal } = controller;
    const isCurrent = () => abort.current === controller && !signal.aborted;
    const report = (change: Partial<Results>) => setResults((before) => ({ ...before, ...change }));
    setState({ kind: "running", task, progress: undefined });
    try {
      if (task === "run") {
        const onChange = (run: LabRun) => {
          if (isCurrent()) report({ run, runOn: ready, equality: undefined });
        };
        const run = await runStory(ready, at, { signal, onChange });
        if (abort.current !== controller) return;
        const equality = sameTokens(run, findEarlier(latestRun.current, taken));
        latestRun.current = { run, values: at, files: taken.files };
        report({ run, runOn: ready, equality });
      } else if (task === "compare") {
        const onProgress = (progress: Progress) => {
          if (isCurrent()) setState({ kind: "running", task, progress });
        };
        const record = await compareSides(ready, at, { signal, onProgress });
        if (abort.current !== controller) return;
        report({ record });
        await noteLatest(record);
      } else {
        const profile = await profileA(ready, at, signal);
        if (abort.current !== controller) return;
        if (!signal.aborted) report({ profile });
      }
      setState(signal.aborted ? { kind: "stopped" } : { kind: "done", task });
    } catch (error) {
      if (abort.current !== controller) return;
      setState(
        signal.aborted ? { kind: "stopped" } : { kind: "failed", task, message: messageOf(error) },
      );
    }
  }, []);

  // The engine may have been ready before the press, or become ready long after.
  useEffect(() => {
    const waiting = ticket.current;
    if (waiting === undefined || status.kind !== "ready") return;
    ticket.current = undefined;
    void work(status.ready, waiting);
  }, [status, work]);

  useEffect(
    () => () => {
      abort.current?.abort();
      abort.current = undefined;
    },
    [],
  );

  const stop = () => {
    ticket.current = undefined;
    abort.current?.abort();
    setState({ kind: "stopped" });
  };

  const start = (task: TaskKind) => {
    const load = findLoadRequest(values, files);
    if (load === undefined) {
      setState({ kind: "failed", task, message: "Choose a model’s folder first." });
      return;
    }
    const request = { open: openRequestOf(values), load };
    const next = { task, values, files };
    if (asked !== undefined && status.kind === "ready" && isSameEngine(asked.request, request)) {
      void work(status.ready, next);
      return;
    }
    ticket.current = next;
    setState({ kind: "waiting", task });
    setAsked({ request, attempt: (asked?.attempt ?? 0) + 1 });
  };

  const first = useRef({ start, isWantedAtOnce });
  useEffect(() => {
    if (first.current.isWantedAtOnce) first.current.start("run");
  }, []);

  return { status, state, results, start, stop };
}
