// Runs the two scenarios of a cause in the Worker: small ones at once, large ones when asked.
import { useCallback, useEffect, useRef, useState } from "react";
import type { Runs } from "../../core/diagnosis/trial.ts";
import { simulate } from "../../simulator/simulator.ts";
import { makeRunPicture, runKey, type RunPicture } from "./scene.ts";

export type RunState =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly fraction: number }
  | { readonly kind: "done"; readonly picture: RunPicture }
  | { readonly kind: "failed"; readonly message: string };

const IDLE: RunState = { kind: "idle" };

async function runBoth(
  runs: Runs,
  signal: AbortSignal,
  onProgress: (fraction: number) => void,
): Promise<RunPicture> {
  const before = await simulate(runs.before, {
    signal,
    onProgress: (fraction) => onProgress(fraction / 2),
  });
  const after = await simulate(runs.after, {
    signal,
    onProgress: (fraction) => onProgress(0.5 + fraction / 2),
  });
  return makeRunPicture(runs, before.report, after.report);
}

export interface RunControl {
  readonly state: RunState;
  readonly start: () => void;
  readonly stop: () => void;
}

/** @param known - pictures that need no run, by {@link runKey}. */
export function useRun(runs: Runs | undefined, known: ReadonlyMap<string, RunPicture>): RunControl {
  const key = runs === undefined ? "" : runKey(runs);
  const [shown, setShown] = useState<{ readonly key: string; readonly state: RunState }>({
    key: "",
    state: IDLE,
  });
  const current = useRef<AbortController>(undefined);
  const start = useCallback(() => {
    current.current?.abort();
    if (runs === undefined) return;
    const controller = new AbortController();
    current.current = controller;
    const show = (state: RunState) => {
      if (!controller.signal.aborted) setShown({ key, state });
    };
    show({ kind: "running", fraction: 0 });
    runBoth(runs, controller.signal, (fraction) => show({ kind: "running", fraction })).then(
      (picture) => show({ kind: "done", picture }),
      (error: unknown) =>
        show({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
    );
    // `key` stands for `runs`, which is made anew with each keystroke.
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- as said
  }, [key]);
  const stop = useCallback(() => {
    current.current?.abort();
    setShown({ key, state: IDLE });
  }, [key]);
  const isAutomatic = runs !== undefined && !runs.isLarge && !known.has(key);
  useEffect(() => {
    if (isAutomatic) start();
    return () => current.current?.abort();
  }, [isAutomatic, start]);
  const picture = known.get(key);
  if (picture !== undefined) return { state: { kind: "done", picture }, start, stop };
  return { state: shown.key === key ? shown.state : IDLE, start, stop };
}
