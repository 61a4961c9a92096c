// The live card: simulates the paper's server and shows its memory and its throughput.
import { useEffect, useRef, type ReactNode } from "react";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import { useTask, type Lease } from "../../figure/task.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { Bars } from "../../ui/bars.tsx";
import { Button } from "../../ui/controls.tsx";
import { formatCount } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { Progress, Verdict } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { runPolicies } from "./run.ts";
import {
  describeEvidence,
  gainOver,
  makeTable,
  openGain,
  rateBars,
  shareBars,
  writeAnswer,
  writeDetails,
  writeVerdict,
  type Evidence,
} from "./scene.ts";

/** The simulator opens itself when it is asked. */
const openNothing = (): Lease<undefined> => ({
  ready: Promise.resolve(undefined),
  release: () => undefined,
});

interface ResultProps {
  readonly evidence: Evidence;
  readonly prediction: string | undefined;
}

function Result({ evidence, prediction }: ResultProps): ReactNode {
  const { outcomes, values, most } = evidence;
  const answer = writeAnswer(prediction, gainOver(evidence, most));
  const details = writeDetails(evidence);
  return (
    <>
      <p className="paging-claim-title">Share of the KV cache that holds tokens</p>
      <Bars bars={shareBars(outcomes)} max={1} description={describeEvidence(evidence)} />
      <p className="paging-claim-title">Requests answered in a second, simulated</p>
      <Bars bars={rateBars(outcomes)} description={writeVerdict(evidence)} />
      <Verdict
        sentence={writeVerdict(evidence)}
        details={answer === undefined ? details : [answer, ...details]}
      >
        <p className="paging-claim-open">
          Paging over Orca (Max): <OpenNumber value={openGain(evidence)} />
        </p>
        <ProvenanceLabel provenance={{ kind: "modelled" }} />
        <p className="paging-claim-note">
          {formatCount(values.requests)} requests, 20 arriving in a second. Mean lengths as in the
          paper, 161 and 338 tokens; the paper does not print their spread. That of the outputs is
          chosen so that Orca (Max) reserves what the paper says; all other bars follow.
        </p>
      </Verdict>
    </>
  );
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, prediction, shouldRun, announce, setTable, setProvenance } = props;
  const { state, start, stop } = useTask<undefined, Evidence>(
    openNothing,
    "starting the simulator",
  );
  const run = () =>
    start(async (_, context) => {
      const evidence = await runPolicies(values, context);
      setTable(makeTable(evidence));
      setProvenance({ kind: "modelled" });
      announce(describeEvidence(evidence));
      return evidence;
    });
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    run();
  });
  return (
    <>
      <div className="paging-claim-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button kind="primary" onPress={run}>
            {state.kind === "done" ? "Simulate again" : "Simulate"}
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
      {state.kind === "done" ? (
        <Result evidence={state.result} prediction={prediction} />
      ) : (
        <Poster />
      )}
    </>
  );
}
