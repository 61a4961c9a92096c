// Brings one figure of a static page to life: takes over its HTML, then puts the view where the poster was.
// Loaded by the islands loader on the reader's first touch; prose pages never load it.
import { hydrateRoot, type Root } from "react-dom/client";
import { defaultValues, findValue, type ParameterValue } from "./codec.ts";
import { Figure, type FigureOptions } from "./figure.tsx";
import { findPlace } from "./keep-place.ts";
import type { PredictionBook } from "./prediction.tsx";
import { changeValues, createFigureStore, restoreFromQuery } from "./store.ts";
import type { Parameters, Widget } from "./widget.ts";

export interface WidgetModule {
  readonly default: Widget<Parameters>;
}

function readOptions(host: HTMLElement): FigureOptions {
  // Written by this site's own build into this very page.
  const options: FigureOptions = JSON.parse(host.dataset["options"] ?? "{}");
  return options;
}

/** Controls that the reader moved before the script arrived. */
function readControls(host: HTMLElement, parameters: Parameters): Record<string, ParameterValue> {
  const values: Record<string, ParameterValue> = {};
  for (const box of host.querySelectorAll<HTMLElement>("[data-parameter]")) {
    const name = box.dataset["parameter"] ?? "";
    const parameter = parameters[name];
    const input = box.querySelector<HTMLInputElement | HTMLSelectElement>(
      "input:not([type=radio]), select, input:checked",
    );
    if (parameter === undefined || input === null) continue;
    const isCheckbox = input instanceof HTMLInputElement && input.type === "checkbox";
    const value = findValue(parameter, isCheckbox ? String(input.checked) : input.value);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

export interface MountOptions {
  /** The button of the poster that the reader has pressed; asked at the last moment. */
  readonly findPressed: () => HTMLElement | undefined;
  readonly predictions: PredictionBook;
}

/** Mounts the widget over its poster. Resolves once it hears its controls. */
export async function mountFigure(
  host: HTMLElement,
  { default: widget }: WidgetModule,
  { findPressed, predictions }: MountOptions,
): Promise<void> {
  const written = readOptions(host);
  const options = {
    ...written,
    values: { ...defaultValues(widget.parameters), ...written.values },
  };
  const { default: view } = await widget.load();
  const touched = readControls(host, widget.parameters);
  const store = createFigureStore(options.values);
  const chosen = host.querySelector<HTMLInputElement>("[data-predict] input:checked");
  const props = { widget, options, store, predictions };
  const root = await new Promise<Root>((resolve) => {
    const onTakenOver = () => resolve(hydrated);
    const hydrated = hydrateRoot(host, <Figure {...props} onTakenOver={onTakenOver} />, {
      identifierPrefix: options.name,
    });
  });
  // Only now: what React took over had to show the default state.
  const unknown = restoreFromQuery(store, widget.parameters, location.search, options);
  for (const key of unknown) {
    // oxlint-disable-next-line no-console -- the promised warning for an unknown parameter
    console.warn(
      `${widget.title}: the address names a parameter “${key}” that does not exist; it is ignored.`,
    );
  }
  if (chosen !== null) {
    // React has not heard of the choice: it hears of a change only.
    chosen.checked = false;
    chosen.click();
  }
  changeValues(store, touchedSince(touched, options.values));
  // And the view only now: one that runs at once must see the address's values.
  const body = host.querySelector(".figure-body");
  const pressed = findPressed();
  const shouldRun = pressed?.dataset["run"] === "";
  const place = body ? findPlace(body, shouldRun ? undefined : pressed) : undefined;
  root.render(<Figure {...props} view={view} shouldRun={shouldRun} place={place} />);
}

function touchedSince(
  touched: Record<string, ParameterValue>,
  before: Readonly<Record<string, ParameterValue>>,
): Record<string, ParameterValue> {
  return Object.fromEntries(Object.entries(touched).filter(([name, v]) => v !== before[name]));
}
