// The causes of a text, and of the chosen one everything: how it was told, the change, memory and queue before and
// after. The same on the poster and live.
import { useId, type ReactNode } from "react";
import { ALSO_ASKED, ANSWERS, type Answer } from "../../core/diagnosis/answers.ts";
import type { Deployment } from "../../core/serving/deployment.ts";
import { LineChart } from "../../ui/chart.tsx";
import { formatBinaryBytes, formatNumber } from "../../ui/format.ts";
import { Stats } from "../../ui/parts.tsx";
import { openAvailable, openToken, openTokens } from "./opened.ts";
import {
  formatFigure,
  memoryLayers,
  writeSubject,
  writeWeight,
  type CauseScene,
  type RunPicture,
  type SlowServerScene,
} from "./scene.ts";

function Notes({ notes }: { readonly notes: readonly string[] }): ReactNode {
  if (notes.length === 0) return null;
  return (
    <ul className="slow-server-notes">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

interface CausesProps {
  readonly causes: readonly CauseScene[];
  readonly chosen: CauseScene;
  readonly onChoose?: ((id: string) => void) | undefined;
}

function Causes({ causes, chosen, onChoose }: CausesProps): ReactNode {
  const name = useId();
  return (
    <fieldset className="slow-server-causes">
      <legend>{causes.length === 1 ? "The cause" : "Causes, heaviest first"}</legend>
      {causes.map(({ finding, answer }) => (
        <label key={finding.id}>
          <input
            type="radio"
            name={name}
            value={finding.id}
            checked={finding.id === chosen.finding.id}
            readOnly={onChoose === undefined}
            onChange={() => onChoose?.(finding.id)}
          />
          <span>{answer.question}</span>
          <small>{writeWeight(finding.weight)}</small>
        </label>
      ))}
    </fieldset>
  );
}

function MemoryRow({
  label,
  deployment,
  full,
}: {
  readonly label: string;
  readonly deployment: Deployment;
  readonly full: number;
}): ReactNode {
  const layers = memoryLayers(deployment);
  const said = layers.map((layer) => `${layer.label} ${formatBinaryBytes(layer.bytes)}`).join(", ");
  return (
    <div className="slow-server-row">
      <span>{label}</span>
      <figure className="slow-server-bar" aria-label={`${label}: ${said}.`}>
        {layers.map(({ id, letter, bytes }) => (
          <div
            key={id}
            className={`slow-server-${id}`}
            style={{ width: `${Math.round((1e4 * bytes) / full) / 100}%` }}
          >
            {bytes / full > 0.05 ? letter : ""}
          </div>
        ))}
      </figure>
    </div>
  );
}

function sumLayers(deployment: Deployment): number {
  return memoryLayers(deployment).reduce((total, { bytes }) => total + bytes, 0);
}

function Memory({ cause }: { readonly cause: CauseScene }): ReactNode {
  const { before, after } = cause.finding;
  const full = Math.max(sumLayers(before), sumLayers(after));
  return (
    <div className="slow-server-memory">
      <h4>Memory of one GPU</h4>
      <MemoryRow label="before" deployment={before} full={full} />
      <MemoryRow label="after" deployment={after} full={full} />
      <ul className="slow-server-key">
        {memoryLayers(before).map(({ id, letter, label, bytes }) => (
          <li key={id}>
            <span className={`slow-server-swatch slow-server-${id}`} aria-hidden="true">
              {letter}
            </span>
            {label} {formatBinaryBytes(bytes)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Figures({
  cause,
  run,
}: {
  readonly cause: CauseScene;
  readonly run: RunPicture | undefined;
}): ReactNode {
  const figures = [...cause.finding.figures, ...(run?.figures ?? [])];
  return (
    <table className="slow-server-figures">
      <thead>
        <tr>
          <th scope="col">Figure</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {figures.map((figure) => (
          <tr key={figure.label}>
            <th scope="row">{figure.label}</th>
            <td className="number">{formatFigure(figure, figure.before)}</td>
            <td className="number">{formatFigure(figure, figure.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function peakOf(points: RunPicture["before"]): number {
  return Math.max(0, ...points.map(({ y }) => y));
}

function Queue({ run, load }: { readonly run: RunPicture; readonly load: string }): ReactNode {
  const [before, after] = [peakOf(run.before), peakOf(run.after)];
  return (
    <div className="slow-server-queue">
      <h4>Requests that wait, simulated</h4>
      <LineChart
        height={220}
        description={`Requests that wait over time: at most ${formatNumber(before)} before the change and ${formatNumber(after)} after it.`}
        x={{ label: "Time (s)", min: 0 }}
        y={{ label: "Waiting", min: 0 }}
        series={[
          { id: "before", label: "before", mark: "line", style: 0, points: run.before },
          { id: "after", label: "after", mark: "line", style: 1, points: run.after },
        ]}
      />
      <p className="slow-server-note">
        {load} Steps take the fitted kernel times and 2 ms for the host; the scheduler is that of
        vLLM V1.
      </p>
    </div>
  );
}

function AnswerItem({ answer }: { readonly answer: Answer }): ReactNode {
  const links = [
    ...answer.issues.map((number) => ({ number, kind: "issues" })),
    ...answer.pulls.map((number) => ({ number, kind: "pull" })),
  ];
  return (
    <details>
      <summary>{answer.question}</summary>
      <dl>
        <dt>Told by</dt>
        <dd>{answer.told}</dd>
        <dt>Cause</dt>
        <dd>{answer.cause}</dd>
        <dt>Change</dt>
        <dd>{answer.change}</dd>
        <dt>Asked in</dt>
        <dd>
          {links.map(({ number, kind }) => (
            <a key={number} href={`https://github.com/vllm-project/vllm/${kind}/${number}`}>
              #{number}
            </a>
          ))}
        </dd>
      </dl>
    </details>
  );
}

/** All questions with their answers, whatever the text. */
function Answers(): ReactNode {
  return (
    <details className="slow-server-answers">
      <summary>All fifteen questions that users ask, answered</summary>
      {ANSWERS.map((answer) => (
        <AnswerItem key={answer.id} answer={answer} />
      ))}
      <p>Also asked, and told by nothing in a text:</p>
      <dl>
        {ALSO_ASKED.map(({ issue, question, answer }) => (
          <div key={issue}>
            <dt>
              {question}{" "}
              <a href={`https://github.com/vllm-project/vllm/issues/${issue}`}>#{issue}</a>
            </dt>
            <dd>{answer}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function writeStats({ finding }: CauseScene) {
  const { before } = finding;
  const [left, token, tokens] = [openAvailable(before), openToken(before), openTokens(before)];
  return [
    { label: "Left for the KV cache", value: left.text, opened: left, detail: "each GPU, before" },
    { label: "One token of it", value: token.text, opened: token, detail: "each GPU" },
    { label: "Holds", value: tokens.text, opened: tokens, detail: "tokens of all requests" },
  ];
}

export interface DrawingProps {
  readonly scene: SlowServerScene;
  readonly chosen: CauseScene | undefined;
  readonly run: RunPicture | undefined;
  readonly onChoose?: (id: string) => void;
  /** Beside the changed line: the button that copies it. */
  readonly copy?: ReactNode;
  /** Where the simulation stands: progress, a button, or why it failed. */
  readonly status?: ReactNode;
}

export function Drawing({ scene, chosen, run, onChoose, copy, status }: DrawingProps): ReactNode {
  const { diagnosis, causes } = scene;
  return (
    <div className="slow-server">
      <Notes notes={diagnosis.notes} />
      {chosen === undefined ? (
        <p className="slow-server-none">
          {diagnosis.seen.isAnything
            ? "The text gives no cause away. More tells more: the vllm serve line, the log from its start, and /metrics while it is slow."
            : "Paste a text, or choose an example."}
        </p>
      ) : (
        <>
          <Causes causes={causes} chosen={chosen} onChoose={onChoose} />
          <div className="slow-server-cause">
            <p className="slow-server-told">{chosen.finding.told}</p>
            <p>{chosen.finding.cause}</p>
            <p>{chosen.finding.advice}</p>
            {chosen.changes.length > 0 && (
              <div className="slow-server-line">
                <pre>{chosen.line}</pre>
                {copy}
              </div>
            )}
          </div>
          <Stats stats={writeStats(chosen)} />
          <p className="slow-server-note">{writeSubject(diagnosis)}</p>
          <Memory cause={chosen} />
          <Figures cause={chosen} run={run} />
          {status}
          {run !== undefined && chosen.finding.runs !== undefined && (
            <Queue run={run} load={chosen.finding.runs.load} />
          )}
        </>
      )}
      <Answers />
    </div>
  );
}
