// The live card: what fusion saves against the batch, and a run of a whole model on this device.
import { useCallback, type ReactNode } from "react";
import { CheckedClaim } from "../../figure/checked-claim.tsx";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import type { ViewProps } from "../../figure/widget.ts";
import { LineChart } from "../../ui/chart.tsx";
import { formatCount, formatPercent } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { Verdict } from "../../ui/parts.tsx";
import { OwnRun } from "./own-run.tsx";
import type { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import {
  describeClaim,
  makeTable,
  openSaving,
  SAVINGS,
  savingAt,
  writeAnswer,
  writeDetails,
  writeVerdict,
} from "./scene.ts";

const TICKS = [1, 8, 64, 512, 4096];

function Curve(): ReactNode {
  return (
    <LineChart
      description={describeClaim()}
      height={250}
      x={{
        label: "Batch (rows)",
        kind: "log",
        min: 1,
        max: 4096,
        ticks: TICKS,
        format: formatCount,
      }}
      y={{ label: "Saved", min: 0, max: 0.6, format: (value) => formatPercent(value) }}
      series={[
        {
          id: "bytes",
          label: "bytes",
          points: SAVINGS.map(({ batch, bytes }) => ({ x: batch, y: bytes })),
        },
        {
          id: "time",
          label: "time, roofline of an A100",
          points: SAVINGS.map(({ batch, time }) => ({ x: batch, y: time })),
        },
      ]}
    />
  );
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { prediction, shouldRun, announce, setTable } = props;
  const show = useCallback(() => {
    setTable(makeTable(true));
    announce(describeClaim());
  }, [announce, setTable]);
  const answer = writeAnswer(prediction);
  const details = writeDetails();
  return (
    <CheckedClaim runLabel="Count them" shouldRun={shouldRun} before={<Poster />} onShown={show}>
      <Curve />
      <Verdict
        sentence={writeVerdict()}
        details={answer === undefined ? details : [answer, ...details]}
      >
        <p className="fusion-claim-open">
          Bytes saved: <OpenNumber value={openSaving(savingAt(1))} /> at batch 1,{" "}
          <OpenNumber value={openSaving(savingAt(512))} /> at batch 512
        </p>
        <ProvenanceLabel provenance={{ kind: "modelled" }} />
      </Verdict>
      <OwnRun announce={announce} />
    </CheckedClaim>
  );
}
