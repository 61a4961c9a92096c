// The reader's notebook: runs they kept and predictions they committed, in this browser only.
import { createStore, type StoreApi } from "zustand/vanilla";
import { KERNEL_RECORD_SCHEMA, type AnyRecord } from "../experiments/kernel-record.ts";
import { RECORD_SCHEMA } from "../experiments/record.ts";
import { openShelf, type Shelf } from "./storage.ts";

export interface KeptRun {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly keptAt: string;
  readonly record: AnyRecord;
}

export interface Prediction {
  /** The widget that asked; one prediction a widget. */
  readonly figure: string;
  readonly question: string;
  /** The option's value and its words. */
  readonly answer: string;
  readonly label: string;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
}

export interface Pages {
  readonly runs: readonly KeptRun[];
  readonly predictions: readonly Prediction[];
}

export interface NotebookState extends Pages {
  readonly isLoaded: boolean;
  /** False where the browser keeps nothing beyond this page. */
  readonly isLasting: boolean;
}

export interface Notebook {
  readonly store: StoreApi<NotebookState>;
  readonly shelf: Shelf;
  /** Resolves when what was kept has been read. */
  readonly loaded: Promise<void>;
}

const EMPTY: Pages = { runs: [], predictions: [] };

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isKeptRun(value: unknown): value is KeptRun {
  return (
    isObject(value) &&
    typeof value["id"] === "string" &&
    typeof value["keptAt"] === "string" &&
    isObject(value["record"]) &&
    (value["record"]["schema"] === RECORD_SCHEMA ||
      value["record"]["schema"] === KERNEL_RECORD_SCHEMA)
  );
}

function isPrediction(value: unknown): value is Prediction {
  return (
    isObject(value) &&
    ["figure", "question", "answer", "label", "madeAt"].every(
      (name) => typeof value[name] === "string",
    )
  );
}

/** What of a stored or imported value is a notebook; anything else in it is left behind. */
export function readPages(value: unknown): Pages {
  if (!isObject(value)) return EMPTY;
  const { runs, predictions } = value;
  return {
    runs: Array.isArray(runs) ? runs.filter(isKeptRun) : [],
    predictions: Array.isArray(predictions) ? predictions.filter(isPrediction) : [],
  };
}

export function createNotebook(shelf: Shelf): Notebook {
  const store = createStore<NotebookState>(() => ({ ...EMPTY, isLoaded: false, isLasting: true }));
  const loaded = shelf.read().then((value) => {
    store.setState({ ...readPages(value), isLoaded: true, isLasting: shelf.isLasting() });
  });
  return { store, shelf, loaded };
}

let shared: Notebook | undefined;

/** The one notebook of this page. */
export function openNotebook(): Notebook {
  shared ??= createNotebook(openShelf());
  return shared;
}

async function change({ store, shelf }: Notebook, edit: (pages: Pages) => Pages): Promise<void> {
  const pages = await shelf.update((before) => edit(readPages(before)));
  store.setState({ ...pages, isLoaded: true, isLasting: shelf.isLasting() });
}

/** Keeps a run; the newest comes first. Returns its id. */
export async function keepRun(
  notebook: Notebook,
  record: AnyRecord,
  keptAt: Date = new Date(),
): Promise<string> {
  const run: KeptRun = { id: crypto.randomUUID(), keptAt: keptAt.toISOString(), record };
  await change(notebook, ({ runs, predictions }) => ({ runs: [run, ...runs], predictions }));
  return run.id;
}

export function removeRun(notebook: Notebook, id: string): Promise<void> {
  return change(notebook, ({ runs, predictions }) => ({
    runs: runs.filter((run) => run.id !== id),
    predictions,
  }));
}

/** Adds runs and predictions that are not there yet: an undo, or an imported file. */
export function addPages(notebook: Notebook, added: Pages): Promise<void> {
  return change(notebook, (pages) => {
    const ids = new Set(pages.runs.map((run) => run.id));
    const figures = new Set(pages.predictions.map((prediction) => prediction.figure));
    return {
      runs: [...pages.runs, ...added.runs.filter((run) => !ids.has(run.id))].toSorted((a, b) =>
        b.keptAt.localeCompare(a.keptAt),
      ),
      predictions: [
        ...pages.predictions,
        ...added.predictions.filter((prediction) => !figures.has(prediction.figure)),
      ],
    };
  });
}

export function clearNotebook(notebook: Notebook): Promise<void> {
  return change(notebook, () => EMPTY);
}

/** A prediction is committed once: a second one for the same figure changes nothing. */
export function keepPrediction(notebook: Notebook, prediction: Prediction): Promise<void> {
  return addPages(notebook, { runs: [], predictions: [prediction] });
}

export async function findPrediction(
  notebook: Notebook,
  figure: string,
): Promise<Prediction | undefined> {
  await notebook.loaded;
  return notebook.store.getState().predictions.find((prediction) => prediction.figure === figure);
}
