// The second part of the card: requests of Azure's service under three policies, in the simulator's Worker.
import { useCallback, type ReactNode } from "react";
import { useTask } from "../../figure/task.ts";
import { simulate } from "../../simulator/simulator.ts";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import {
  azureScenario,
  describeReplays,
  NUM_REPLAYED,
  REPLAY_COLUMNS,
  REPLAY_NOTE,
  REPLAYED,
  replayRow,
  TRACE_SOURCE,
  type Replay,
} from "./azure.ts";
import { openNothing } from "./lease.ts";

function ReplayTable({ replays }: { readonly replays: readonly Replay[] }): ReactNode {
  return (
    <div
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a page has several: no landmark
      role="group"
      className="scrolls continuous-claim-replay"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways on a phone
      tabIndex={0}
      aria-label="Replay under each policy"
    >
      <table>
        <caption>Arrivals at {replays[0]?.speed} times the recorded rate</caption>
        <thead>
          <tr>
            {REPLAY_COLUMNS.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {replays.map(replayRow).map(([name, ...cells]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, index) => (
                <td key={REPLAY_COLUMNS[index + 1]} className="number">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export interface AzureReplayProps {
  /** Of the trace's own: 0.25 is four times slower. */
  readonly speed: number;
  readonly announce: (sentence: string) => void;
}

export function AzureReplay({ speed, announce }: AzureReplayProps): ReactNode {
  const { state, start, stop } = useTask<undefined, readonly Replay[]>(
    openNothing,
    "reading the trace",
  );
  const run = useCallback(() => {
    start(async (_, { signal, onProgress }) => {
      const replays: Replay[] = [];
      for (const [index, policy] of REPLAYED.entries()) {
        const { report } = await simulate(azureScenario(policy, speed), {
          signal,
          onProgress: (fraction) => onProgress((index + fraction) / REPLAYED.length, policy.name),
        });
        replays.push({ name: policy.name, speed, report });
      }
      announce(describeReplays(replays));
      return replays;
    });
  }, [announce, speed, start]);
  return (
    <section className="continuous-claim-azure" aria-label="Requests of a real service">
      <h4>The same on requests of a real service</h4>
      <div className="figure-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button onPress={run}>
            {state.kind === "done" ? "Replay again" : `Replay ${NUM_REPLAYED} of Azure’s requests`}
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
      {state.kind === "done" && <ReplayTable replays={state.result} />}
      <p className="continuous-claim-note">
        {REPLAY_NOTE} Trace: <a href={TRACE_SOURCE.url}>{TRACE_SOURCE.label}</a>.
      </p>
    </section>
  );
}
