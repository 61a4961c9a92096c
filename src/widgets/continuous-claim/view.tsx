// The live card: runs the draws, shows every one of them, and what the claim is worth.
import { useEffect, useRef, type ReactNode } from "react";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import { useTask } from "../../figure/task.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { LineChart, type ChartSeries } from "../../ui/chart.tsx";
import { Button } from "../../ui/controls.tsx";
import { formatCount, formatSeconds } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { Progress, Verdict } from "../../ui/parts.tsx";
import { openNothing } from "./lease.ts";
import type { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { AzureReplay } from "./replay.tsx";
import { runComparison } from "./run.ts";
import {
  describeComparison,
  makeTable,
  NUM_SEEDS,
  openRatio,
  writeAnswer,
  writeDetails,
  writeVerdict,
  type Comparison,
} from "./scene.ts";

function makeSeries({ pairs }: Comparison): ChartSeries[] {
  return [
    {
      id: "static",
      label: "static batching",
      mark: "points",
      style: 1,
      points: pairs.map(({ seed, waiting }) => ({ x: seed, y: waiting.wait })),
    },
    {
      id: "continuous",
      label: "continuous batching",
      mark: "points",
      style: 0,
      points: pairs.map(({ seed, joining }) => ({ x: seed, y: joining.wait })),
    },
  ];
}

interface ResultProps {
  readonly comparison: Comparison;
  readonly prediction: string | undefined;
}

function Result({ comparison, prediction }: ResultProps): ReactNode {
  const answer = writeAnswer(prediction, comparison);
  const details = writeDetails(comparison);
  return (
    <>
      <LineChart
        description={`Mean wait of short requests for their first token in ${formatCount(NUM_SEEDS)} draws. ${describeComparison(comparison)}`}
        height={240}
        x={{ label: "Draw (seed)", min: 0, max: NUM_SEEDS + 1, ticks: [1, 5, 10, 15, 20] }}
        y={{ label: "Wait of short requests", kind: "log", min: 0.01, format: formatSeconds }}
        series={makeSeries(comparison)}
      />
      <Verdict
        sentence={writeVerdict(comparison)}
        details={answer === undefined ? details : [answer, ...details]}
      >
        <p className="continuous-claim-open">
          How many times longer: <OpenNumber value={openRatio(comparison)} />
        </p>
        <ProvenanceLabel provenance={{ kind: "modelled" }} />
      </Verdict>
    </>
  );
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, prediction, shouldRun, announce, setTable } = props;
  const { state, start, stop } = useTask<undefined, Comparison>(openNothing, "drawing requests");
  const run = () =>
    start(async (_, context) => {
      const comparison = await runComparison(values, context);
      setTable(makeTable(comparison));
      announce(describeComparison(comparison));
      return comparison;
    });
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    run();
  });
  const comparison = state.kind === "done" ? state.result : undefined;
  return (
    <>
      <div className="figure-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button kind="primary" onPress={run}>
            {comparison === undefined ? "Simulate" : "Simulate again"}
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
      {comparison === undefined ? (
        <Poster />
      ) : (
        <>
          <Result comparison={comparison} prediction={prediction} />
          <AzureReplay speed={Number(values.speed)} announce={announce} />
        </>
      )}
    </>
  );
}
