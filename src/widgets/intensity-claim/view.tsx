// The live card: works the crossover out and sets the published times beside it.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { MEASURED_SOURCE } from "../../core/roofline/measured/measured-gemm.ts";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import type { ViewProps } from "../../figure/widget.ts";
import { LineChart } from "../../ui/chart.tsx";
import { Button } from "../../ui/controls.tsx";
import { formatCount, formatNumber, formatSeconds } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { ScrollBox, Verdict } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import { writePrediction } from "./prediction.ts";
import {
  curve,
  getCrossover,
  makeTable,
  measuredTimes,
  openCrossover,
  rowAt,
  RUNS_ON,
  writeEvidence,
  writeVerdict,
  type Measured,
} from "./scene.ts";

const SHOWN = [1, 32, 128, 192, 200, 256, 512, 1024];

function Times({ measured }: { readonly measured: readonly Measured[] }): ReactNode {
  return (
    <table className="intensity-claim-times">
      <caption className="visually-hidden">Least and measured times at some batches</caption>
      <thead>
        <tr>
          <th scope="col">Batch</th>
          <th scope="col">FLOP/B</th>
          <th scope="col">At least</th>
          <th scope="col">Measured</th>
          <th scope="col">Bound by</th>
        </tr>
      </thead>
      <tbody>
        {SHOWN.map(rowAt).map(({ batch, intensity, least, bound }) => (
          <tr key={batch}>
            <th scope="row">{formatCount(batch)}</th>
            <td>{formatNumber(intensity)}</td>
            <td>{formatSeconds(least)}</td>
            <td>{formatSeconds(measured.find((point) => point.batch === batch)?.seconds)}</td>
            <td className={`intensity-claim-verdict ${bound}-bound`}>{bound}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Result({ prediction }: { readonly prediction: string | undefined }): ReactNode {
  const measured = measuredTimes();
  const crossover = getCrossover();
  const answer = writePrediction(prediction, crossover);
  const rows = curve();
  return (
    <>
      <LineChart
        description={`Time of nn.Linear(1024, 4096) on an A100 80GB against the batch: what memory and arithmetic take at least, which cross at ${crossover}, and what real kernels took.`}
        height={300}
        x={{
          label: "Batch (rows)",
          kind: "log",
          min: 1,
          max: 1024,
          ticks: [1, 4, 16, 64, 256, 1024],
          format: formatCount,
        }}
        y={{ label: "Time", kind: "log", min: 1e-6, max: 1e-4, format: formatSeconds }}
        series={[
          {
            id: "memory",
            label: "memory",
            mark: "line",
            style: 0,
            points: rows.map(({ batch, memory }) => ({ x: batch, y: memory })),
          },
          {
            id: "compute",
            label: "arithmetic",
            mark: "line",
            style: 1,
            points: rows
              .filter(({ compute }) => compute >= 1e-6)
              .map(({ batch, compute }) => ({ x: batch, y: compute })),
          },
          {
            id: "measured",
            label: "measured on an A100, published by microsoft/vidur",
            mark: "points",
            style: 4,
            points: measured.map(({ batch, seconds }) => ({ x: batch, y: seconds })),
          },
        ]}
        rules={[{ axis: "x", value: crossover, label: formatCount(crossover) }]}
      />
      <Verdict
        sentence={writeVerdict()}
        details={[...(answer === undefined ? [] : [answer]), ...writeEvidence(measured), RUNS_ON]}
      >
        <p className="verdict-detail">
          How the crossing comes about: <OpenNumber value={openCrossover()} />
        </p>
        <p className="verdict-detail">
          Measured times: <a href={MEASURED_SOURCE.url}>{MEASURED_SOURCE.label}</a>
        </p>
        <ProvenanceLabel provenance={{ kind: "published", source: "microsoft/vidur, A100" }} />
      </Verdict>
      <ScrollBox label="Least and measured times at some batches">
        <Times measured={measured} />
      </ScrollBox>
    </>
  );
}

type Props = ViewProps<typeof parameters>;

export default function View({ prediction, shouldRun, announce, setTable }: Props): ReactNode {
  const [isWorkedOut, setWorkedOut] = useState(false);
  const workOut = () => {
    setWorkedOut(true);
    setTable(makeTable(true));
    announce(writeVerdict());
  };
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    workOut();
  });
  if (isWorkedOut) return <Result prediction={prediction} />;
  return (
    <>
      <div className="intensity-claim-run">
        <Button kind="primary" onPress={workOut}>
          Work it out
        </Button>
      </div>
      <Poster />
    </>
  );
}
