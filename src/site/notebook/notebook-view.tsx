// The notebook page: the reader's runs and predictions, to look at, delete, export and bring back.
import { useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { saveText } from "../../figure/export.ts";
import { toCsv, toJson, toMarkdown } from "../../notebook/export.ts";
import {
  addPages,
  clearNotebook,
  removeRun,
  type KeptRun,
  type Notebook,
  type Pages,
  type Prediction,
} from "../../notebook/store.ts";
import { Button } from "../../ui/controls.tsx";
import { formatCount, formatInterval, formatRatio } from "../../ui/format.ts";
import { Dialog } from "../../ui/parts.tsx";
import { readNotebookFile } from "./import.ts";

/** Day and minute, in the reader's own time zone. */
function formatTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? "—"
    : date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

function RunRow({
  run,
  onRemove,
}: {
  readonly run: KeptRun;
  readonly onRemove: () => void;
}): ReactNode {
  const { record, keptAt } = run;
  const { ratio, method } = record.comparison;
  return (
    <tr>
      <td className="number">{formatTime(keptAt)}</td>
      <td>
        {record.verdict.sentence}
        <span className="notebook-claim">{record.claim}</span>
      </td>
      <td className="number">
        {formatRatio(ratio?.median)}
        <span className="notebook-claim">
          {formatInterval(ratio?.low, ratio?.high, formatRatio)}
        </span>
      </td>
      <td>
        {record.device.name}
        <span className="notebook-claim">
          {record.device.isSoftware ? "software, " : ""}
          {method.clock === "wall" ? "page’s clock" : "GPU’s clock"},{" "}
          {formatCount(method.numRounds)} pairs
        </span>
      </td>
      <td>{"model" in record ? record.model.name : ""}</td>
      <td>
        <button
          type="button"
          className="button button-quiet"
          aria-label={`Delete the run of ${formatTime(keptAt)}`}
          onClick={onRemove}
        >
          Delete
        </button>
      </td>
    </tr>
  );
}

function Runs({
  runs,
  onRemove,
}: {
  readonly runs: readonly KeptRun[];
  readonly onRemove: (run: KeptRun) => void;
}): ReactNode {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must take the keyboard
    <section className="scrolls table-box" tabIndex={0} aria-label="Runs">
      <table className="notebook-table">
        <thead>
          <tr>
            <th scope="col">Kept</th>
            <th scope="col">Verdict</th>
            <th scope="col">Ratio, 95 %</th>
            <th scope="col">Device</th>
            <th scope="col">Model</th>
            <th scope="col">
              <span className="visually-hidden">Delete</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} onRemove={() => onRemove(run)} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Predictions({ predictions }: { readonly predictions: readonly Prediction[] }): ReactNode {
  return (
    <dl className="notebook-predictions">
      {predictions.map(({ figure, question, label, madeAt }) => (
        <div key={figure}>
          <dt>{question}</dt>
          <dd>
            You predicted: <b>{label}</b>, <span className="number">{formatTime(madeAt)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface ToolsProps {
  readonly notebook: Notebook;
  readonly pages: Pages;
  readonly onClear: () => void;
  readonly say: (message: string) => void;
}

async function importFile(file: File, notebook: Notebook): Promise<string> {
  const { pages, problems } = readNotebookFile(await file.text());
  await addPages(notebook, pages);
  const counted = `Read ${formatCount(pages.runs.length)} runs and ${formatCount(pages.predictions.length)} predictions.`;
  return [pages.runs.length + pages.predictions.length > 0 ? counted : "", ...problems]
    .join(" ")
    .trim();
}

function Tools({ notebook, pages, onClear, say }: ToolsProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const isEmpty = pages.runs.length + pages.predictions.length === 0;
  return (
    <div className="notebook-tools">
      <Button
        disabled={isEmpty}
        onPress={() => saveText(toJson(pages), "memory-bound.json", "application/json")}
      >
        Export JSON
      </Button>
      <Button
        disabled={pages.runs.length === 0}
        onPress={() => saveText(toCsv(pages), "memory-bound.csv", "text/csv")}
      >
        Export CSV
      </Button>
      <Button
        disabled={isEmpty}
        onPress={() => saveText(toMarkdown(pages), "memory-bound.md", "text/markdown")}
      >
        Export Markdown
      </Button>
      <Button onPress={() => input.current?.click()}>Import JSON</Button>
      <input
        ref={input}
        hidden
        type="file"
        accept="application/json,.json"
        aria-label="Notebook file"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = "";
          if (file) {
            importFile(file, notebook).then(say, () => say("This file could not be read."));
          }
        }}
      />
      <Button disabled={isEmpty} onPress={onClear}>
        Delete all
      </Button>
    </div>
  );
}

function Empty(): ReactNode {
  return (
    <p>
      Nothing here yet. Run an experiment, press <em>Keep in my notebook</em>, and it is listed here
      with its verdict, its interval and its device. Predictions are kept when you commit them.
    </p>
  );
}

interface ClearDialogProps {
  readonly onCancel: () => void;
  readonly onConfirm: () => void;
}

function ClearDialog({ onCancel, onConfirm }: ClearDialogProps): ReactNode {
  return (
    <Dialog
      title="Delete every run and prediction?"
      onClose={onCancel}
      actions={
        <>
          <Button onPress={onCancel}>Keep them</Button>
          <Button kind="primary" onPress={onConfirm}>
            Delete all
          </Button>
        </>
      }
    >
      <p>They exist in this browser only. Export them first if you may want them back.</p>
    </Dialog>
  );
}

export function NotebookView({ notebook }: { readonly notebook: Notebook }): ReactNode {
  const { store } = notebook;
  const state = useSyncExternalStore(store.subscribe, store.getState, store.getState);
  const [message, setMessage] = useState("");
  const [removed, setRemoved] = useState<KeptRun>();
  const [isClearing, setIsClearing] = useState(false);
  const remove = (run: KeptRun) => {
    setRemoved(run);
    void removeRun(notebook, run.id).then(() => setMessage("Deleted one run."));
  };
  const undo = () => {
    if (removed === undefined) return;
    setRemoved(undefined);
    void addPages(notebook, { runs: [removed], predictions: [] }).then(() =>
      setMessage("It is back."),
    );
  };
  const clear = () => {
    setIsClearing(false);
    setRemoved(undefined);
    void clearNotebook(notebook).then(() => setMessage("The notebook is empty."));
  };
  const { runs, predictions, isLoaded, isLasting } = state;
  return (
    <div className="notebook">
      <Tools
        notebook={notebook}
        pages={state}
        onClear={() => setIsClearing(true)}
        say={setMessage}
      />
      <output className="notebook-message">
        {message}{" "}
        {removed !== undefined && (
          <Button kind="quiet" onPress={undo}>
            Undo
          </Button>
        )}
      </output>
      {isLoaded && !isLasting && (
        <p className="figure-notice">
          This browser keeps nothing for this page. Export what you need before you close it.
        </p>
      )}
      {isLoaded && runs.length + predictions.length === 0 && <Empty />}
      {runs.length > 0 && (
        <section>
          <h2>Runs</h2>
          <Runs runs={runs} onRemove={remove} />
        </section>
      )}
      {predictions.length > 0 && (
        <section>
          <h2>Predictions</h2>
          <Predictions predictions={predictions} />
        </section>
      )}
      {isClearing && <ClearDialog onCancel={() => setIsClearing(false)} onConfirm={clear} />}
    </div>
  );
}
