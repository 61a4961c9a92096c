// The frame round a widget, the same at build time (with the poster) and live (with the view).
import {
  memo,
  useCallback,
  useDeferredValue,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ComponentType,
  type CSSProperties,
  type ReactNode,
  type RefObject,
} from "react";
import { Button } from "../ui/controls.tsx";
import { ScrollBox } from "../ui/parts.tsx";
import { decodeQuery, encodeQuery, type FigureAddress, type ParameterValues } from "./codec.ts";
import { ErrorBoundary } from "./error-boundary.tsx";
import { findPicture, savePng, saveSvg, saveText } from "./export.ts";
import { restorePlace, type Place } from "./keep-place.ts";
import { useIsMotionReduced } from "./motion.ts";
import { ParameterControls } from "./parameter-controls.tsx";
import { Predict, type Answer, type PredictionBook } from "./prediction.tsx";
import { ProvenanceLabel } from "./provenance.tsx";
import { changeValues, type FigureStore } from "./store.ts";
import { Table, toCsv } from "./table.tsx";
import { watchFocus } from "./watch-focus.ts";
import type { Parameters, ViewProps, Widget } from "./widget.ts";

/** What the page says of one figure; kept in its HTML, so the live figure starts from the same. */
export interface FigureOptions extends FigureAddress {
  /** Where the page differs from the widget's defaults. */
  readonly values: ParameterValues;
  readonly caption?: string | undefined;
  /** Replaces the widget's own title. */
  readonly title?: string | undefined;
  /** In a claim card: the widget's question is asked, and Run waits for the answer. */
  readonly asksPrediction?: boolean | undefined;
}

export type View = ComponentType<ViewProps<Parameters>>;

export interface FigureProps {
  readonly widget: Widget<Parameters>;
  readonly options: FigureOptions;
  readonly store: FigureStore;
  /** Absent at build time, and until the figure has taken over what was built and the address's values. */
  readonly view?: View | undefined;
  readonly shouldRun?: boolean | undefined;
  /** Where the reader was in the poster, which the view replaces. */
  readonly place?: Place | undefined;
  readonly predictions?: PredictionBook | undefined;
  /** Called once React has taken the page's HTML over and hears every control. */
  readonly onTakenOver?: (() => void) | undefined;
}

/** Waits until a drag has ended before screen readers are told. */
const SETTLE_MS = 700;

function useSettledDescription({ widget, store }: FigureProps, values: ParameterValues): void {
  const first = useRef(values);
  useEffect(() => {
    if (values === first.current) return undefined;
    const { announcement } = store.getState();
    const timer = setTimeout(() => {
      // What was said in the meantime, such as a run's result, is newer.
      if (store.getState().announcement !== announcement) return;
      store.setState({ announcement: widget.describe(values) });
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [widget, store, values]);
}

/** Browsers refuse more than some hundred changes of the address in half a minute, which one drag would make. */
const ADDRESS_MS = 250;

/** The address follows the values, and never before they are drawn: writing it takes longer than drawing them. */
function useQuery({ widget, options, store }: FigureProps, isLive: boolean): void {
  useEffect(() => {
    if (!isLive) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const write = () => {
      timer = undefined;
      const { values } = store.getState();
      const query = encodeQuery(values, location.search, options, options.values);
      const address = `${location.pathname}${query === "" ? "" : `?${query}`}${location.hash}`;
      history.replaceState(history.state, "", address);
    };
    if (isAddressBehind(widget.parameters, options, store)) write();
    const unsubscribe = store.subscribe(({ values }, before) => {
      if (values !== before.values) timer ??= setTimeout(write, ADDRESS_MS);
    });
    return () => {
      unsubscribe();
      if (timer === undefined) return;
      clearTimeout(timer);
      write();
    };
  }, [isLive, widget, options, store]);
}

/** Controls moved before there was a script are in the store, and not in the address. */
function isAddressBehind(
  parameters: Parameters,
  options: FigureOptions,
  store: FigureStore,
): boolean {
  const { values } = store.getState();
  const stated = decodeQuery(parameters, location.search, options, options.values).values;
  return Object.entries(values).some(([name, value]) => stated[name] !== value);
}

function linkTo(options: FigureOptions, values: ParameterValues): string {
  const query = encodeQuery(values, "", options, options.values);
  const page = new URL(location.href);
  page.search = query;
  page.hash = options.name;
  return page.href;
}

interface ToolsProps extends Pick<FigureProps, "widget" | "options" | "store"> {
  readonly box: RefObject<HTMLElement | null>;
  readonly body: RefObject<HTMLElement | null>;
}

/** What may be done with the figure as it then stands: a move of a slider leaves the buttons alone. */
const Tools = memo(function Tools({ widget, options, store, box, body }: ToolsProps): ReactNode {
  const [found, setFound] = useState<"canvas" | "svg">();
  useEffect(() => {
    const element = body.current;
    if (!element) return undefined;
    let picture: ReturnType<typeof findPicture>;
    const observer = new MutationObserver(() => {
      // Looking for it measures, which lays the page out: not at each move of a slider.
      if (picture?.isConnected === true) return;
      picture = findPicture(element);
      if (picture) setFound(picture instanceof SVGSVGElement ? "svg" : "canvas");
    });
    observer.observe(element, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [body]);
  const say = (announcement: string) => store.setState({ announcement });
  const copyLink = () => {
    navigator.clipboard.writeText(linkTo(options, store.getState().values)).then(
      () => say("Link copied."),
      () => say("The browser did not allow copying; the address bar holds the link."),
    );
  };
  const withPicture = (act: (picture: SVGSVGElement | HTMLCanvasElement) => void) => () => {
    const picture = body.current ? findPicture(body.current) : undefined;
    if (picture) act(picture);
  };
  const saveTable = () => {
    const { values, table = widget.table(values) } = store.getState();
    saveText(toCsv(table), `${widget.id}.csv`, "text/csv");
  };
  const savePicture = (picture: SVGSVGElement | HTMLCanvasElement) => {
    savePng(picture, `${widget.id}.png`).catch(() => say("The picture could not be made."));
  };
  return (
    <div className="figure-tools">
      <Button kind="quiet" onPress={() => changeValues(store, options.values)}>
        Reset
      </Button>
      <Button kind="quiet" onPress={copyLink}>
        Copy link
      </Button>
      <Button kind="quiet" onPress={saveTable}>
        CSV
      </Button>
      <Button kind="quiet" onPress={() => toggleFullScreen(box.current)}>
        Full screen
      </Button>
      {/* Until there is a picture they keep their place: the row must not wrap when they come. */}
      <span hidden={found === "canvas"} className={found === undefined ? "figure-tool-place" : ""}>
        <Button
          kind="quiet"
          onPress={withPicture((p) => p instanceof SVGSVGElement && saveSvg(p, `${widget.id}.svg`))}
        >
          SVG
        </Button>
      </span>
      <span className={found === undefined ? "figure-tool-place" : ""}>
        <Button kind="quiet" onPress={withPicture(savePicture)}>
          PNG
        </Button>
      </span>
    </div>
  );
});

function toggleFullScreen(element: HTMLElement | null): void {
  // Refused inside frames without permission: the figure then simply stays where it is.
  const change = document.fullscreenElement
    ? document.exitFullscreen()
    : element?.requestFullscreen();
  change?.catch(() => undefined);
}

/** The drawing's box keeps this height from the poster to the last frame, so the page never jumps. */
function boxStyle({ minHeight }: Widget<Parameters>): CSSProperties {
  const variables: CSSProperties & Record<`--${string}`, string> = {
    "--figure-height-narrow": `${minHeight.narrow}px`,
    "--figure-height-wide": `${minHeight.wide}px`,
  };
  return variables;
}

function RunRow({ widget, options }: FigureProps): ReactNode {
  if (widget.runLabel === undefined) return null;
  return (
    <div className="figure-run">
      <button
        type="button"
        className="button button-primary"
        data-run=""
        disabled={options.asksPrediction === true}
      >
        {widget.runLabel}
      </button>
      {options.asksPrediction === true && <span>Predict first, or skip.</span>}
    </div>
  );
}

interface LiveViewProps {
  readonly figure: FigureProps;
  readonly body: RefObject<HTMLElement | null>;
  readonly values: ParameterValues;
  readonly answer: Answer;
}

/** What the view may say to its frame; the same functions for as long as it lives. */
function createReport(
  store: FigureStore,
): Pick<ViewProps<Parameters>, "setValues" | "announce" | "setTable" | "setProvenance"> {
  return {
    setValues: (change) => changeValues(store, change),
    announce: (announcement) => store.setState({ announcement }),
    setTable: (table) => store.setState({ table }),
    setProvenance: (provenance) => store.setState({ provenance }),
  };
}

function LiveView({ figure, body, values, answer }: LiveViewProps): ReactNode {
  const { store, view: ViewOfWidget, shouldRun = false, place } = figure;
  const isMotionReduced = useIsMotionReduced();
  const report = useMemo(() => createReport(store), [store]);
  useEffect(() => {
    if (!body.current) return undefined;
    if (place) restorePlace(body.current, place);
    return watchFocus(body.current);
  }, [body, place]);
  if (ViewOfWidget === undefined) return null;
  return (
    <ViewOfWidget
      values={values}
      {...report}
      isMotionReduced={isMotionReduced}
      prediction={answer?.kind === "committed" ? answer.value : undefined}
      shouldRun={shouldRun}
    />
  );
}

const hearNothing = () => () => undefined;

/** The words and the table behind the picture, folded away: while nobody sees them they need not follow it. */
const Data = memo(function Data({ widget, store }: Pick<FigureProps, "widget" | "store">) {
  const [isOpen, setOpen] = useState(false);
  const state = useSyncExternalStore(
    isOpen ? store.subscribe : hearNothing,
    store.getState,
    store.getInitialState,
  );
  const { values, table = widget.table(values) } = useDeferredValue(state);
  const box = useRef<HTMLDetailsElement>(null);
  // It may have been opened before there was a script to hear of it.
  useEffect(() => setOpen(box.current?.open === true), []);
  return (
    <details
      ref={box}
      className="figure-data"
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>Data</summary>
      <p>{widget.describe(values)}</p>
      <ScrollBox label={table.caption}>
        <Table table={table} />
      </ScrollBox>
    </details>
  );
});

export function Figure(props: FigureProps): ReactNode {
  const { widget, options, store, view } = props;
  const {
    values,
    notices,
    provenance = widget.provenance,
    announcement,
  } = useSyncExternalStore(store.subscribe, store.getState, store.getInitialState);
  const isLive = view !== undefined;
  const change = useCallback((next: ParameterValues) => changeValues(store, next), [store]);
  const { onTakenOver } = props;
  useEffect(() => onTakenOver?.(), [onTakenOver]);
  const [answer, setAnswer] = useState<Answer>();
  const asked = options.asksPrediction === true ? widget.prediction : undefined;
  useSettledDescription(props, values);
  useQuery(props, isLive);
  const box = useRef<HTMLElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const titleId = useId();
  return (
    <section ref={box} className="figure wide" id={options.name} aria-labelledby={titleId}>
      <header className="figure-head">
        <h3 className="figure-title" id={titleId}>
          {options.title ?? widget.title}
        </h3>
        <ProvenanceLabel provenance={provenance} />
      </header>
      {notices.map((notice) => (
        <output key={notice} className="figure-notice">
          {notice}
        </output>
      ))}
      {asked !== undefined && (
        <Predict
          figure={widget.id}
          asked={asked}
          answer={answer}
          book={props.predictions}
          onAnswer={setAnswer}
        />
      )}
      <ParameterControls parameters={widget.parameters} values={values} onChange={change} />
      <div ref={body} className="figure-body" style={boxStyle(widget)}>
        {isLive && (asked === undefined || answer !== undefined) ? (
          <ErrorBoundary>
            <LiveView figure={props} body={body} values={values} answer={answer} />
          </ErrorBoundary>
        ) : (
          <>
            <RunRow {...props} />
            {widget.poster(values)}
          </>
        )}
      </div>
      {options.caption !== undefined && <p className="figure-caption">{options.caption}</p>}
      <footer className="figure-foot">
        <Data widget={widget} store={store} />
        <Tools widget={widget} options={options} store={store} box={box} body={body} />
      </footer>
      <p className="visually-hidden" aria-live="polite">
        {announcement}
      </p>
    </section>
  );
}
