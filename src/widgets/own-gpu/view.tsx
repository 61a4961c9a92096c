// The live figure: measures this device and lays others beside it.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTask } from "../../figure/task.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { leaseDevice, type OpenedEngine } from "../../model/page-engine.ts";
import { KeepRun } from "../../notebook/keep-run.tsx";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { RECORDED } from "./recorded.ts";
import { Result } from "./result.tsx";
import { measureDevice } from "./run.ts";
import { createScene, describeScenes, makeTable, type Machine } from "./scene.ts";
import { Others, ShareButton } from "./share.tsx";

const leaseAnyDevice = () => leaseDevice({ backend: "auto" });

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, shouldRun, announce, setTable, setProvenance } = props;
  const { state, start, stop } = useTask<OpenedEngine, Machine>(
    leaseAnyDevice,
    "opening the device",
  );
  const [others, setOthers] = useState<readonly Machine[]>([]);
  const own = state.kind === "done" ? state.result : RECORDED;
  const scenes = createScene([...(own === undefined ? [] : [own]), ...others]);
  const showOthers = (next: readonly Machine[]) => {
    setOthers(next);
    setTable(makeTable(createScene([...(own === undefined ? [] : [own]), ...next])));
  };
  const run = () =>
    start(async (ready, { signal, onProgress }) => {
      const machine = await measureDevice(ready, {
        largest: values.largest,
        signal,
        onProgress: ({ fraction, stage }) => onProgress(fraction, stage),
      });
      const measured = createScene([machine]);
      setTable(makeTable(createScene([machine, ...others])));
      setProvenance({ kind: "measured", device: machine.ladder.device.name });
      announce(describeScenes(measured));
      return machine;
    });
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    run();
  });
  const done = state.kind === "done" ? state.result : undefined;
  return (
    <>
      <div className="own-gpu-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button kind="primary" onPress={run}>
            {done === undefined ? "Measure this device" : "Run again"}
          </Button>
        )}
        {done !== undefined && <KeepRun key={done.ladder.startedAt} record={done.ladder} />}
      </div>
      {state.kind === "running" && <Progress label={state.stage} fraction={state.fraction} />}
      {state.kind === "failed" && (
        <div className="figure-error" role="alert">
          <p>{state.message}</p>
          <Button onPress={run}>Try again</Button>
        </div>
      )}
      <Result scenes={scenes} />
      {done !== undefined && <ShareButton key={done.ladder.startedAt} machine={done} />}
      <Others others={others} onChange={showOthers} />
    </>
  );
}
