// The live figure: measures this device and lays others beside it.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTask } from "../../figure/task.ts";
import type { DataTable, Provenance, ViewProps } from "../../figure/widget.ts";
import { leaseDevice, type OpenedEngine } from "../../model/page-engine.ts";
import { KeepRun } from "../../notebook/keep-run.tsx";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { ClassView } from "./class-view.tsx";
import { createClassScene, describeClass, isClass, makeClassTable } from "./class-scene.ts";
import { Others, useOthers } from "./others.tsx";
import { DEFAULT_PROVENANCE, RECORDED } from "./recorded.ts";
import { Result } from "./result.tsx";
import { measureDevice } from "./run.ts";
import { createScene, describeScenes, makeTable, type Machine } from "./scene.ts";
import { ShareButton } from "./share.tsx";

const leaseAnyDevice = () => leaseDevice({ backend: "auto" });

const listOf = (machine: Machine | undefined) => (machine === undefined ? [] : [machine]);

/** Of a class, only the reader's own machine is drawn beside the files: a run recorded elsewhere belongs to no class. */
function tableOf(done: Machine | undefined, others: readonly Machine[]): DataTable {
  return isClass(others)
    ? makeClassTable(createClassScene(done, others))
    : makeTable(createScene([...listOf(done ?? RECORDED), ...others]));
}

function provenanceOf(done: Machine | undefined, others: readonly Machine[]): Provenance {
  if (isClass(others)) {
    const here = done === undefined ? "" : `${done.ladder.device.name} and `;
    return { kind: "measured", device: `${here}${others.length} machines, as their files say` };
  }
  if (done === undefined) return DEFAULT_PROVENANCE;
  return { kind: "measured", device: done.ladder.device.name };
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, shouldRun, announce, setTable, setProvenance } = props;
  const { state, start, stop } = useTask<OpenedEngine, Machine>(
    leaseAnyDevice,
    "opening the device",
  );
  // The last whole run is kept while another is under way, and if that one is stopped.
  const [whole, setWhole] = useState<Machine>();
  const [onlyLadder, setOnlyLadder] = useState<Machine>();
  const done = state.kind === "running" ? (onlyLadder ?? whole) : (whole ?? onlyLadder);
  const drawn = done ?? RECORDED;
  const machines = useOthers((added) => {
    if (isClass(added)) announce(describeClass(createClassScene(done, added)));
  });
  const { others } = machines;
  useEffect(() => {
    setTable(tableOf(done, others));
    setProvenance(provenanceOf(done, others));
  }, [done, others, setTable, setProvenance]);
  const run = () => {
    setOnlyLadder(undefined);
    start(async (ready, { signal, onProgress }) => {
      const machine = await measureDevice(ready, {
        largest: values.largest,
        signal,
        onLadder: setOnlyLadder,
        onProgress: ({ fraction, stage }) => onProgress(fraction, stage),
      });
      setWhole(machine);
      announce(describeScenes(createScene([machine])));
      return machine;
    });
  };
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    run();
  });
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
      {isClass(others) ? (
        <ClassView
          scene={createClassScene(done, others)}
          onRemove={(id) => machines.remove(others.filter((one) => one.id === id))}
        />
      ) : (
        <Result scenes={createScene([...listOf(drawn), ...others])} />
      )}
      {done !== undefined && <ShareButton key={done.ladder.startedAt} machine={done} />}
      <Others own={drawn} machines={machines} />
    </>
  );
}
