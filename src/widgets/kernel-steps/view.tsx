// The live figure: steps by button and key, and runs of whole families that stay while the reader goes back and forth.
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { useTask } from "../../figure/task.ts";
import type { Provenance, ViewProps } from "../../figure/widget.ts";
import { leaseDevice, type OpenedEngine } from "../../model/page-engine.ts";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import { Drawing } from "./drawing.tsx";
import type { parameters } from "./parameters.ts";
import { runSteps } from "./run.ts";
import { useRecorded } from "./use-recorded.ts";
import {
  createScene,
  describeScene,
  findChoice,
  keyOf,
  makeTable,
  type Measured,
  type StepsScene,
} from "./scene.ts";

function provenanceOf({ measured }: StepsScene): Provenance {
  if (measured === undefined) return { kind: "modelled" };
  const { name: device } = measured.record.device;
  const date = measured.recordedOn;
  return date === undefined ? { kind: "measured", device } : { kind: "recorded", device, date };
}

const leaseAnyDevice = () => leaseDevice({ backend: "auto" });

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, setValues, announce, setTable, setProvenance } = props;
  const { state, start, stop } = useTask<OpenedEngine, Measured>(
    leaseAnyDevice,
    "opening the device",
  );
  const [runs, setRuns] = useState<ReadonlyMap<string, Measured>>(new Map());
  const choice = findChoice(values);
  const key = keyOf(choice);
  const own = runs.get(key);
  const recorded = useRecorded(choice.family, !("gpu" in navigator) || state.kind === "failed");
  const measured = own ?? recorded;
  const scene = useMemo(() => createScene(values, measured), [values, measured]);
  // The frame forgets both at every change of a value.
  useEffect(() => {
    if (scene.measured !== undefined) setTable(makeTable(scene));
    setProvenance(provenanceOf(scene));
  }, [scene, setTable, setProvenance]);
  const run = () =>
    start(async (ready, context) => {
      const found = await runSteps(ready, choice, context);
      setRuns((known) => new Map(known).set(key, found));
      announce(describeScene(createScene(values, found)));
      return found;
    });
  return (
    <Drawing scene={scene} onStep={(id) => setValues({ [choice.family]: id })}>
      {state.kind === "running" ? (
        <Button onPress={stop}>Stop</Button>
      ) : (
        <Button kind="primary" onPress={run}>
          {own === undefined ? "Run all steps on this device" : "Run again"}
        </Button>
      )}
      {state.kind === "running" && <Progress label={state.stage} fraction={state.fraction} />}
      {state.kind === "failed" && (
        <div className="figure-error" role="alert">
          <p>{state.message}</p>
          <Button onPress={run}>Try again</Button>
        </div>
      )}
    </Drawing>
  );
}
