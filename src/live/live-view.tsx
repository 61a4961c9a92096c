// The live part of a figure on an experiment: Run, Stop, and points of the reader's device on its own roofline.
import { useEffect, useRef, type ReactNode } from "react";
import { ProvenanceLabel } from "../figure/provenance.tsx";
import { useTask, type Lease, type TaskContext } from "../figure/task.ts";
import type { Parameters, Values, ViewProps } from "../figure/widget.ts";
import type { AnyRecord } from "../experiments/kernel-record.ts";
import { leaseDevice, type OpenedEngine } from "../model/page-engine.ts";
import { KeepRun } from "../notebook/keep-run.tsx";
import { Button } from "../ui/controls.tsx";
import { Progress } from "../ui/parts.tsx";
import { runLive, type LiveContext } from "./run.ts";
import { Result } from "./result.tsx";
import { LivePoster, type LiveFigure } from "./poster.tsx";
import { createScene, describeScene, makeModelledTable, makeTable, type Run } from "./scene.ts";

/** For experiments on kernels, which need no model. */
export const leaseAnyDevice = () => leaseDevice({ backend: "auto" });

/** A figure, and how its experiment is run. */
export interface LiveWork<P extends Parameters, Ready extends OpenedEngine> {
  readonly figure: LiveFigure;
  /** Takes what a run needs: the device, or the engine with a model. */
  readonly lease: (values: Values<P>, onProgress: (fraction: number) => void) => Lease<Ready>;
  readonly openingStage: string;
  readonly run: (ready: Ready, values: Values<P>, context: LiveContext) => Promise<AnyRecord>;
}

export interface LiveViewProps<P extends Parameters, Ready extends OpenedEngine> {
  readonly work: LiveWork<P, Ready>;
  readonly view: ViewProps<P>;
}

export function LiveView<P extends Parameters, Ready extends OpenedEngine>(
  props: LiveViewProps<P, Ready>,
): ReactNode {
  const { figure, lease, openingStage, run: runExperiment } = props.work;
  const { values, prediction, shouldRun, announce, setTable, setProvenance } = props.view;
  const { subject } = figure;
  const open = (onProgress: (fraction: number) => void) => lease(values, onProgress);
  const { state, start, stop } = useTask<Ready, Run>(open, openingStage);
  const run = () =>
    start(async (ready: Ready, context: TaskContext) => {
      const found = await runLive(ready, context, (live) => runExperiment(ready, values, live));
      announce(describeScene(subject, createScene(subject, found)));
      return found;
    });
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    run();
  });
  const finished = state.kind === "done" ? state.result : undefined;
  const isShown = finished !== undefined && (figure.isOf?.(finished.record) ?? true);
  const found = isShown ? finished : undefined;
  useEffect(() => {
    if (finished === undefined) return;
    setTable(isShown ? makeTable(createScene(subject, finished)) : makeModelledTable(subject));
    setProvenance(
      isShown ? { kind: "measured", device: finished.record.device.name } : { kind: "modelled" },
    );
  }, [finished, isShown, subject, setTable, setProvenance]);
  const scene = found === undefined ? undefined : createScene(subject, found);
  return (
    <>
      <div className="live-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button kind="primary" onPress={run}>
            {found === undefined ? "Run on this device" : "Run again"}
          </Button>
        )}
      </div>
      {state.kind === "running" && <Progress label={state.stage} fraction={state.fraction} />}
      {state.kind === "failed" && (
        <div className="figure-error" role="alert">
          <p>{state.message}</p>
          <Button onPress={run}>Try again</Button>
        </div>
      )}
      {scene === undefined || found === undefined ? (
        <LivePoster figure={figure} isOpen />
      ) : (
        <Result
          subject={subject}
          scene={scene}
          words={figure.words}
          sentences={figure.sentences(scene, prediction)}
          origin={
            <ProvenanceLabel provenance={{ kind: "measured", device: found.record.device.name }} />
          }
        >
          <div className="live-actions">
            <KeepRun key={found.record.startedAt} record={found.record} />
          </div>
        </Result>
      )}
    </>
  );
}
