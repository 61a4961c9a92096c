// One run at a time, with something that is leased for it: progress, stop, result or failure. Unmounting stops it.
import { useCallback, useEffect, useRef, useState } from "react";

export type TaskState<R> =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly stage: string; readonly fraction: number | undefined }
  | { readonly kind: "done"; readonly result: R }
  | { readonly kind: "failed"; readonly message: string };

export interface TaskContext {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number, stage: string) => void;
}

/** What a run needs, such as the page's engine with a model loaded. */
export interface Lease<Ready> {
  readonly ready: Promise<Ready>;
  release(): void;
}

export interface Task<Ready, R> {
  readonly state: TaskState<R>;
  /** Ends a run that is under way. A run that is stopped leaves the result of the last whole one. */
  readonly start: (work: (ready: Ready, context: TaskContext) => Promise<R>) => void;
  readonly stop: () => void;
}

/** Rejects when the signal is given: loading need not end before a reader may stop. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("Stopped.")), { once: true });
  });
}

/**
 * @param open - takes the lease of a run; it must not change from render to render.
 * @param openingStage - said while the lease is not ready.
 */
export function useTask<Ready, R>(
  open: (onProgress: (fraction: number) => void) => Lease<Ready>,
  openingStage = "loading the model",
): Task<Ready, R> {
  const [state, setState] = useState<TaskState<R>>({ kind: "idle" });
  const running = useRef<AbortController>(undefined);
  const beforeRun = useRef<TaskState<R>>({ kind: "idle" });
  useEffect(() => () => running.current?.abort(), []);
  const stop = useCallback(() => running.current?.abort(), []);
  const start = useCallback<Task<Ready, R>["start"]>(
    (work) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      const change = (next: TaskState<R>) => {
        if (running.current === controller) setState(next);
      };
      let isOver = false;
      // A part of the work that outlives a failure of another may report still.
      const report = (fraction: number | undefined, stage: string) => {
        if (!controller.signal.aborted && !isOver) change({ kind: "running", stage, fraction });
      };
      report(undefined, openingStage);
      const lease = open((fraction) => report(fraction, openingStage));
      const run = async (): Promise<TaskState<R>> => {
        try {
          const ready = await Promise.race([lease.ready, whenAborted(controller.signal)]);
          const context = { signal: controller.signal, onProgress: report };
          beforeRun.current = { kind: "done", result: await work(ready, context) };
          return beforeRun.current;
        } catch (error) {
          if (controller.signal.aborted) return beforeRun.current;
          return {
            kind: "failed",
            message: error instanceof Error ? error.message : String(error),
          };
        } finally {
          isOver = true;
          lease.release();
        }
      };
      void run().then(change);
    },
    [open, openingStage],
  );
  return { state, start, stop };
}
