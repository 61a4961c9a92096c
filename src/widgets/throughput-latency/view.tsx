// The live figure: runs the sweep in the simulator's Worker, one scenario after the other.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTask, type Lease, type TaskContext } from "../../figure/task.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { simulate } from "../../simulator/simulator.ts";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import { Drawing } from "./drawing.tsx";
import type { parameters } from "./parameters.ts";
import { describeSweep, latencyOf, makeTable, MODELLED_SWEEP, nameOf } from "./scene.ts";
import {
  gatherSweep,
  isSweepOf,
  planSweep,
  pointOf,
  type Sweep,
  type SweepPoint,
  type SweepValues,
} from "./sweep.ts";

type Simulate = typeof simulate;

/** The Worker belongs to the page and ends by itself: nothing is held for a run. */
function leaseSimulator(): Lease<Simulate> {
  return { ready: Promise.resolve(simulate), release: () => undefined };
}

/** @throws Error with a sentence, or the signal's reason. */
async function runSweep(
  run: Simulate,
  values: SweepValues,
  { signal, onProgress }: TaskContext,
): Promise<Sweep> {
  const runs = planSweep(values);
  const points: SweepPoint[] = [];
  for (const [index, { policy, rate, scenario }] of runs.entries()) {
    const stage = `${nameOf(policy.id)}, ${rate} requests a second`;
    const report = (fraction: number) => onProgress((index + fraction) / runs.length, stage);
    report(0);
    // One after the other: they share one Worker.
    // oxlint-disable-next-line no-await-in-loop
    const result = await run(scenario, { signal, onProgress: report });
    points.push(pointOf(rate, result.report));
  }
  return gatherSweep(values, runs, points);
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, announce, setTable, shouldRun } = props;
  const { state, start, stop } = useTask(leaseSimulator, "starting the simulator");
  const [sweep, setSweep] = useState(MODELLED_SWEEP);
  // The first render after hydration may hold the defaults, and values of the address come right after it.
  const latest = useRef(values);
  useEffect(() => {
    latest.current = values;
  });
  const run = () =>
    start(async (simulator: Simulate, context) => {
      const wanted = latest.current;
      const found = await runSweep(simulator, wanted, context);
      setSweep(found);
      setTable(makeTable(found));
      announce(describeSweep(found, latencyOf(wanted.latency)));
    });
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    run();
  });
  return (
    <>
      <div className="throughput-latency-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button kind="primary" onPress={run}>
            Simulate these settings
          </Button>
        )}
        {state.kind !== "running" && !isSweepOf(sweep, values) && (
          <p className="throughput-latency-stale">
            The settings have changed: what is drawn is still the run before.
          </p>
        )}
      </div>
      {state.kind === "running" && <Progress label={state.stage} fraction={state.fraction} />}
      {state.kind === "failed" && (
        <div className="figure-error" role="alert">
          <p>{state.message}</p>
          <Button onPress={run}>Try again</Button>
        </div>
      )}
      <Drawing sweep={sweep} latency={values.latency} />
    </>
  );
}
