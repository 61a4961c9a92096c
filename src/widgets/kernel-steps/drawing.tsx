// The whole figure but its Run button: the ladder of steps, the chosen step in numbers and words, and its source. The
// same on the poster, where nothing can be pressed yet.
import { memo, useId, type KeyboardEvent, type ReactNode } from "react";
import {
  formatBandwidth,
  formatInterval,
  formatRatio,
  formatSeconds,
  formatSi,
  NO_NUMBER,
} from "../../ui/format.ts";
import { Stats } from "../../ui/parts.tsx";
import { highlightWgsl } from "../../ui/wgsl.tsx";
import { OtherKernels } from "./other-kernels.tsx";
import {
  findFastest,
  openBytes,
  openFlops,
  openIntensity,
  ratesOf,
  sayLadder,
  sayOrigin,
  sayRatio,
  sayRun,
  unitTimes,
  type StageScene,
  type StepScene,
  type StepsScene,
} from "./scene.ts";

export interface DrawingProps {
  readonly scene: StepsScene;
  /** Goes to a step of the family; absent on the poster. */
  readonly onStep?: ((id: string) => void) | undefined;
  /** The Run button, how far a run is, and why one failed; on the poster their room is kept. */
  readonly children?: ReactNode;
}

/** Steps that a key goes on by. */
const MOVES: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
  Home: -Infinity,
  End: Infinity,
};

/** The step that lies so many steps on, as far as there are any. */
function stepFrom({ steps, selected }: StepsScene, move: number): StepScene {
  const index = Math.min(steps.length - 1, Math.max(0, selected.position - 1 + move));
  return steps[index] ?? selected;
}

function Rung({ one, isSelected, isFastest, share, ...tab }: RungProps): ReactNode {
  const { step, position, timed, leftOut } = one;
  const ratio = sayRatio(one);
  return (
    <button
      type="button"
      role="tab"
      id={tab.tabId}
      aria-selected={isSelected}
      aria-controls={tab.panelId}
      tabIndex={isSelected ? 0 : -1}
      className="kernel-steps-rung"
      onClick={tab.onPress}
      onKeyDown={tab.onKeyDown}
    >
      <span className="kernel-steps-name">
        {position}. {step.name}
        {isFastest && <small> fastest</small>}
      </span>
      <span className="kernel-steps-bar" aria-hidden="true">
        <span style={{ inlineSize: `${100 * share}%` }} />
      </span>
      <span className="kernel-steps-figures number">
        {ratio !== undefined && <small>{`${ratio} as fast as ${timed?.versus?.position} `}</small>}
        <span className="kernel-steps-time">
          {timed === undefined
            ? leftOut === undefined
              ? NO_NUMBER
              : "left out"
            : formatSeconds(timed.duration.median)}
        </span>
      </span>
    </button>
  );
}

interface RungProps {
  readonly one: StepScene;
  readonly isSelected: boolean;
  readonly isFastest: boolean;
  /** Of the longest time of the ladder. */
  readonly share: number;
  readonly tabId: string;
  readonly panelId: string;
  readonly onPress: () => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLButtonElement>) => void;
}

function Ladder({ scene, onStep, panelId, idOf }: LadderProps): ReactNode {
  const times = unitTimes(scene);
  const fastest = findFastest(times);
  const longest = Math.max(...times.map((time) => time?.median ?? 0));
  const onKeyDown = (event: KeyboardEvent<HTMLButtonElement>) => {
    const move = MOVES[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const { id } = stepFrom(scene, move).step;
    onStep?.(id);
    document.getElementById(idOf(id))?.focus();
  };
  return (
    <div
      role="tablist"
      aria-label={`Steps: ${scene.family.name}`}
      aria-orientation="vertical"
      className="kernel-steps-ladder"
    >
      {scene.steps.map((one, index) => {
        const { id } = one.step;
        const time = times[index]?.median;
        return (
          <Rung
            key={id}
            one={one}
            isSelected={one === scene.selected}
            isFastest={index === fastest}
            share={time === undefined ? 0 : time / longest}
            tabId={idOf(id)}
            panelId={panelId}
            onPress={() => onStep?.(id)}
            onKeyDown={onKeyDown}
          />
        );
      })}
    </div>
  );
}

interface LadderProps extends Pick<DrawingProps, "scene" | "onStep"> {
  readonly panelId: string;
  /** Of a step's tab. */
  readonly idOf: (step: string) => string;
}

function Stepper({ scene, onStep }: Pick<DrawingProps, "scene" | "onStep">): ReactNode {
  const { steps, selected } = scene;
  const go = (move: number) => onStep?.(stepFrom(scene, move).step.id);
  const onKeyDown = (event: KeyboardEvent<HTMLButtonElement>) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    go(MOVES[event.key] ?? 0);
  };
  // At an end the button stays in reach, so that the keyboard is not thrown out of the figure.
  return (
    <div className="kernel-steps-stepper">
      <button
        type="button"
        className="button"
        aria-disabled={selected.position === 1}
        onClick={() => go(-1)}
        onKeyDown={onKeyDown}
      >
        Back
      </button>
      <span className="kernel-steps-place">
        Step {selected.position} of {steps.length}
      </span>
      <button
        type="button"
        className="button"
        aria-disabled={selected.position === steps.length}
        onClick={() => go(1)}
        onKeyDown={onKeyDown}
      >
        Next
      </button>
    </div>
  );
}

function statsOf(scene: StepsScene) {
  const { selected, work, measured } = scene;
  const { timed } = selected;
  const rates = ratesOf(selected);
  const versus = timed?.versus;
  return [
    { label: "Arithmetic", value: "", opened: openFlops(selected, work) },
    { label: "Bytes", value: "", opened: openBytes(selected, work) },
    { label: "Intensity", value: "", opened: openIntensity(selected) },
    {
      label: measured?.recordedOn === undefined ? "Time on this device" : "Time as recorded",
      value: formatSeconds(timed?.duration.median),
      detail:
        timed === undefined
          ? "not timed"
          : formatInterval(timed.duration.low, timed.duration.high, formatSeconds),
    },
    {
      label: "Rate",
      value: formatSi(rates.flops, "FLOP/s"),
      detail: timed === undefined ? "not timed" : formatBandwidth(rates.bytes),
    },
    {
      label: versus === undefined ? "Against the step before" : `Against step ${versus.position}`,
      value: sayRatio(selected) ?? NO_NUMBER,
      detail:
        versus?.ratio === undefined
          ? "not compared"
          : formatInterval(versus.ratio.low, versus.ratio.high, (ratio) => formatRatio(ratio, 3)),
    },
  ];
}

function sayStep({ step, timed, leftOut }: StepScene, hasRun: boolean): readonly string[] {
  if (timed !== undefined) {
    return [...(timed.versus === undefined ? [] : [timed.versus.sentence]), timed.bound];
  }
  const why = leftOut ?? step.untimed;
  if (why !== undefined) return [why];
  return [
    hasRun
      ? "No sample of it counts."
      : "Not timed yet. Arithmetic and bytes follow from the sizes alone; the time is this device’s own.",
  ];
}

/** Where a device took another kernel than the one that is shown. */
function saySubstitutes({ stages, timed }: StepScene): readonly string[] {
  return (timed?.kernels ?? []).flatMap((kernel, place) => {
    const shown = stages[place]?.kernel;
    return shown === undefined || shown === kernel
      ? []
      : [`Here ${kernel} ran in place of ${shown}, which waits at barriers.`];
  });
}

const Source = memo(function Source({ stages }: { readonly stages: readonly StageScene[] }) {
  const kernels = new Map(stages.map(({ kernel, source }) => [kernel, source]));
  return (
    <section
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must take the keyboard
      tabIndex={0}
      aria-label={`Source: ${[...kernels.keys()].join(", ")}`}
      className="kernel-steps-source"
    >
      {[...kernels].map(([kernel, source]) => (
        <div key={kernel}>
          <p className="kernel-steps-file">shaders/{kernel}.wgsl</p>
          <pre>
            <code>{highlightWgsl(source.trimEnd())}</code>
          </pre>
        </div>
      ))}
    </section>
  );
});

export function Drawing({ scene, onStep, children }: DrawingProps): ReactNode {
  const base = useId();
  const { selected, work, measured } = scene;
  const panelId = `${base}-panel`;
  const idOf = (step: string) => `${base}-${step}`;
  const ladder = sayLadder(scene);
  const said = [
    ...(measured?.recordedOn === undefined
      ? []
      : [`${sayOrigin(measured)}: “this device” stands for that one here.`]),
    ...sayStep(selected, measured !== undefined),
    ...saySubstitutes(selected),
    ...(ladder === undefined ? [] : [ladder]),
  ];
  return (
    <div className="kernel-steps">
      <p className="kernel-steps-shape">{work.shape}</p>
      <div className="kernel-steps-run">{children}</div>
      <div className="kernel-steps-columns">
        <div>
          <Stepper scene={scene} onStep={onStep} />
          <Ladder scene={scene} onStep={onStep} panelId={panelId} idOf={idOf} />
        </div>
        <div
          role="tabpanel"
          id={panelId}
          aria-labelledby={idOf(selected.step.id)}
          className="kernel-steps-panel"
        >
          <p className="kernel-steps-idea">{selected.step.idea}</p>
          <Stats stats={statsOf(scene)} />
          <div className="kernel-steps-verdict">
            {[...new Set(said)].map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
          </div>
        </div>
      </div>
      <Source stages={selected.stages} />
      <div className="kernel-steps-notes">
        {sayRun(scene).map((note) => (
          <p key={note}>{note}</p>
        ))}
      </div>
      <OtherKernels isLive={onStep !== undefined} />
    </div>
  );
}
