// What came out, one column for each policy.
import type { ReactNode } from "react";
import { formatSeconds } from "../../ui/format.ts";
import { Stats } from "../../ui/parts.tsx";
import { LAYERS, MemoryArea } from "./memory-area.tsx";
import { latencyRows, statsOf, type Outcome } from "./scene.ts";

export function Results({ outcomes }: { readonly outcomes: readonly Outcome[] }): ReactNode {
  const until = outcomes.reduce((most, { report }) => Math.max(most, report.duration), 0);
  return (
    <div className="simulator-results">
      {outcomes.map(({ scenario, report }) => (
        <section key={scenario.policy.id} aria-label={scenario.policy.name}>
          <h4>{scenario.policy.name}</h4>
          <p className="simulator-note">{scenario.policy.summary}</p>
          <Stats stats={statsOf(report)} />
          <Latencies outcome={{ scenario, report }} />
          <h5>What the KV cache holds</h5>
          <MemoryArea report={report} until={until} name={scenario.policy.name} />
        </section>
      ))}
      <ul className="simulator-key">
        {LAYERS.map(({ part, label }) => (
          <li key={part}>
            <span className={`simulator-swatch simulator-swatch-${part}`} aria-hidden="true" />
            {label}
          </li>
        ))}
        <li>
          <span className="simulator-swatch" aria-hidden="true" />
          free
        </li>
      </ul>
    </div>
  );
}

const STATISTICS = [
  { id: "mean", label: "mean" },
  { id: "p50", label: "median" },
  { id: "p90", label: "p90" },
  { id: "p99", label: "p99" },
] as const;

function Latencies({
  outcome,
}: {
  readonly outcome: Pick<Outcome, "scenario" | "report">;
}): ReactNode {
  return (
    <table className="simulator-latencies">
      <caption>Latencies under {outcome.scenario.policy.name}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Latency</span>
          </th>
          {STATISTICS.map(({ id, label }) => (
            <th key={id} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {latencyRows(outcome.report).map(({ name, summary }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {STATISTICS.map(({ id }) => (
              <td key={id} className="number">
                {formatSeconds(summary[id])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
