// The live figure: the curves follow the sliders; on Run, the Mooncake trace goes through the simulator's Worker.
import { useDeferredValue, useEffect, useRef, type ReactNode } from "react";
import { useTask, type Lease, type TaskContext } from "../../figure/task.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { simulate } from "../../simulator/simulator.ts";
import { Button } from "../../ui/controls.tsx";
import { formatCount } from "../../ui/format.ts";
import { Progress } from "../../ui/parts.tsx";
import { Drawing, TraceDrawing } from "./drawing.tsx";
import { toTracePoint, TRACE_SIZES, traceScenario, type TracePoint } from "./mooncake.ts";
import type { parameters } from "./parameters.ts";
import { createScene, describeTrace, makeTraceTable } from "./scene.ts";
import { RUN_LABEL } from "./widget.tsx";

/** The simulator looks after its own Worker. */
const leaseNothing = (): Lease<undefined> => ({
  ready: Promise.resolve(undefined),
  release: () => undefined,
});

/** One simulation for each size, one after another. */
async function runTrace({ signal, onProgress }: TaskContext): Promise<readonly TracePoint[]> {
  const points: TracePoint[] = [];
  for (const [index, numBlocks] of TRACE_SIZES.entries()) {
    const stage = `cache of ${formatCount(numBlocks)} blocks, ${index + 1} of ${TRACE_SIZES.length}`;
    const { report } = await simulate(traceScenario(numBlocks), {
      signal,
      onProgress: (fraction) => onProgress((index + fraction) / TRACE_SIZES.length, stage),
    });
    points.push(toTracePoint(numBlocks, report));
  }
  return points;
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, shouldRun, announce, setTable } = props;
  const { state, start, stop } = useTask<undefined, readonly TracePoint[]>(
    leaseNothing,
    "starting the simulator",
  );
  const settled = useDeferredValue(values);
  const points = state.kind === "done" ? state.result : undefined;
  const run = () =>
    start(async (_, context) => {
      const result = await runTrace(context);
      setTable(makeTraceTable(result));
      announce(describeTrace(result));
      return result;
    });
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    run();
  });
  return (
    <>
      <div className="prefix-cache-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button kind="primary" onPress={run}>
            {points === undefined ? RUN_LABEL : "Run again"}
          </Button>
        )}
      </div>
      {state.kind === "running" && (
        <Progress label="Mooncake trace" fraction={state.fraction} detail={state.stage} />
      )}
      {state.kind === "failed" && (
        <p className="figure-error" role="alert">
          {state.message}
        </p>
      )}
      {points !== undefined && <TraceDrawing points={points} />}
      <Drawing scene={createScene(settled)} />
    </>
  );
}
