// The state of one mounted figure: the single source for its drawing, its controls, the URL and the tests.
import { createStore, type StoreApi } from "zustand/vanilla";
import {
  decodeQuery,
  type FigureAddress,
  type ParameterValue,
  type ParameterValues,
} from "./codec.ts";
import type { DataTable, Parameters, Provenance } from "./widget.ts";

export interface FigureState {
  readonly values: ParameterValues;
  /** Sentences for the reader: refused parameters of the address. */
  readonly notices: readonly string[];
  /** Live values of the data table, where the view has any. */
  readonly table: DataTable | undefined;
  /** Of what the view draws, where that differs from the poster. */
  readonly provenance: Provenance | undefined;
  /** What screen readers were last told. */
  readonly announcement: string;
}

export type FigureStore = StoreApi<FigureState>;

export function createFigureStore(values: ParameterValues): FigureStore {
  return createStore<FigureState>(() => ({
    values,
    notices: [],
    table: undefined,
    provenance: undefined,
    announcement: "",
  }));
}

/** Changes some parameters. The live table belonged to the old ones, so it goes. */
export function changeValues(store: FigureStore, change: Partial<ParameterValues>): void {
  const { values } = store.getState();
  const next: Record<string, ParameterValue> = { ...values };
  let hasChanged = false;
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || !Object.hasOwn(values, name) || values[name] === value) continue;
    next[name] = value;
    hasChanged = true;
  }
  if (hasChanged) store.setState({ values: next, table: undefined, notices: [] });
}

/** Takes the state in the address; returns the names that no parameter answers to. */
export function restoreFromQuery(
  store: FigureStore,
  parameters: Parameters,
  query: string,
  address: FigureAddress,
): readonly string[] {
  const { values, notices, unknown } = decodeQuery(
    parameters,
    query,
    address,
    store.getState().values,
  );
  store.setState({ notices });
  // An address that says nothing changes nothing, so nothing is announced.
  const before = store.getState().values;
  if (Object.entries(values).some(([name, value]) => before[name] !== value)) {
    store.setState({ values });
  }
  return unknown;
}
