// Times and rates as a table: the roofline's beside the fitted ones.
import type { ReactNode } from "react";
import type { LoadFigures } from "../../core/serving/load.ts";
import { counted } from "../../core/units/grouped.ts";
import { OpenNumber, type OpenedNumber } from "../../ui/opened.tsx";
import * as open from "./opened.ts";
import type { Running } from "./scene.ts";

interface SpeedRow {
  readonly label: string;
  readonly detail: string;
  readonly of: (load: LoadFigures) => OpenedNumber | undefined;
}

function speedRows(running: Running): readonly SpeedRow[] {
  const { workload, deployment } = running.evaluation;
  const rows: readonly SpeedRow[] = [
    {
      label: "Time to first token",
      detail: `TTFT of ${counted(workload.promptTokens, "token")}, without waiting`,
      of: (load) => open.openTimeToFirstToken(running, load),
    },
    {
      label: "Time per output token",
      detail: `TPOT, ${counted(running.roofline.batch, "request")} at once`,
      of: (load) => open.openTimePerOutputToken(running, load),
    },
    {
      label: "Pace of one request, tokens/s",
      detail: "waits for the prefills of others included",
      of: (load) => open.openPace(running, load),
    },
    {
      label: "Throughput, tokens/s",
      detail: "output of all requests, prefills included",
      of: (load) => open.openThroughput(running, load),
    },
    {
      label: "Throughput of one GPU, tokens/s",
      detail: deployment.numGpus === 1 ? "the only one" : `of ${deployment.numGpus}`,
      of: (load) => open.openPerGpu(running, load),
    },
  ];
  if (workload.pricePerGpuHour === undefined) return rows;
  return [
    ...rows,
    {
      label: "Cost of a million output tokens",
      detail: "in the currency of your price",
      of: (load) => open.openCost(running, load),
    },
  ];
}

/** One GPU exchanges nothing, so that all of its times are bounds. */
export function isAlone({ evaluation }: Running): boolean {
  return evaluation.deployment.numGpus === 1;
}

export function SpeedTable({ running }: { readonly running: Running }): ReactNode {
  const { roofline, fitted } = running;
  return (
    <table className="calculator-results">
      <thead>
        <tr>
          <th scope="col">{counted(running.roofline.batch, "request")} at once</th>
          <th scope="col">{isAlone(running) ? "Roofline: at best" : "Roofline"}</th>
          <th scope="col">Fitted: as kernels did</th>
        </tr>
      </thead>
      <tbody>
        {speedRows(running).map(({ label, detail, of }) => (
          <tr key={label}>
            <th scope="row">
              {label}
              <small>{detail}</small>
            </th>
            {[roofline, fitted].map((load) => {
              const value = of(load);
              return (
                <td key={load.estimate}>{value !== undefined && <OpenNumber value={value} />}</td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
