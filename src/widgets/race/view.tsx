// The live race: run it, watch both clocks, read how it ended, let the slower lane finish, play it again slowly.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useFrames } from "../../figure/motion.ts";
import { siteUrl } from "../../figure/site-url.ts";
import type { DataTable, ViewProps } from "../../figure/widget.ts";
import type { DeviceReport } from "../../model/engine.ts";
import { Button, ControlRow, NumberControl } from "../../ui/controls.tsx";
import { formatRate, formatSeconds } from "../../ui/format.ts";
import { Progress, Verdict } from "../../ui/parts.tsx";
import { Drawing, Expectation, nameOf, type DrawingProps } from "./drawing.tsx";
import { expectRace } from "./expected.ts";
import { openingOf, type parameters } from "./parameters.ts";
import type { RaceState } from "./race.ts";
import {
  clockOf,
  countWritten,
  describeEquality,
  describeOutcome,
  findOutcome,
  laneAt,
  latestTokenTime,
  latestWork,
  rateOf,
  type Lanes,
} from "./scene.ts";
import { useEngine, type HeldEngine } from "./use-engine.ts";
import { useRace, type TextLengths } from "./use-race.ts";

/** A replay lasts this long, whatever the race lasted. */
const REPLAY_SECONDS = 10;

function tableOf({ on, off }: Lanes): DataTable {
  return {
    caption: "One race; the clock of a lane is the sum of its steps on the device",
    columns: ["", "Tokens", "Own clock", "Rate", "Latest tokens, each", "Dispatches", "Rows"],
    rows: [on, off].map((lane) => {
      const work = latestWork(lane);
      return [
        nameOf(lane),
        lane.tokens.length,
        formatSeconds(clockOf(lane)),
        formatRate(rateOf(lane), "tokens/s"),
        formatSeconds(latestTokenTime(lane)),
        work?.numDispatches ?? "—",
        work?.numRows ?? "—",
      ];
    }),
  };
}

function describeDevice({ name, isSoftware, backend, clock }: DeviceReport): string {
  const timed =
    clock === "timestamp-query"
      ? "timed by the GPU’s own clock (timestamp queries)"
      : "timed by the page’s clock";
  if (backend === "cpu") return `Ran on the CPU, in JavaScript; ${timed}. Not the times of a GPU.`;
  return isSoftware
    ? `Ran on ${name}, a software adapter: a CPU plays the GPU, so these are not the times of a GPU; ${timed}.`
    : `Ran on ${name}; ${timed}.`;
}

function Loading({ engine }: { readonly engine: HeldEngine }): ReactNode {
  const { status, retry } = engine;
  if (status.kind === "loading") {
    return <Progress label="Loading the model" fraction={status.fraction} />;
  }
  if (status.kind === "failed") {
    return (
      <div className="figure-error" role="alert">
        <p>{status.message}</p>
        <Button onPress={retry}>Try again</Button>
      </div>
    );
  }
  return null;
}

interface OutcomeProps {
  readonly state: RaceState;
  readonly device: DeviceReport;
}

function OutcomeView({ state, device }: OutcomeProps): ReactNode {
  const { lanes } = state;
  const outcome = findOutcome(lanes);
  if (outcome === undefined) return null;
  return (
    <Verdict
      sentence={describeOutcome(outcome)}
      details={[
        `A token at that point took ${formatSeconds(outcome.onTokenTime)} with the cache and ${formatSeconds(outcome.offTokenTime)} without (mean of the latest tokens, at most eight).`,
        describeEquality(lanes),
        describeDevice(device),
      ]}
    >
      <p className="verdict-detail">
        One run, not a verdict. <a href={siteUrl("learn/kv-cache/")}>The experiment of chapter 5</a>{" "}
        repeats each step many times, in random order, and gives an interval.
      </p>
    </Verdict>
  );
}

interface ReplayProps {
  readonly state: RaceState;
  readonly lengths: TextLengths;
  readonly isMotionReduced: boolean;
}

function sceneAt({ lanes, prompt, texts }: RaceState, lengths: TextLengths, clock: number) {
  const cut = (id: "on" | "off") =>
    texts[id].slice(0, lengths[id][countWritten(lanes[id], clock) - 1] ?? 0);
  return {
    lanes: { on: laneAt(lanes.on, clock), off: laneAt(lanes.off, clock) },
    prompt,
    texts: { on: cut("on"), off: cut("off") },
  } satisfies DrawingProps;
}

/** The finished race, as it was at any moment of both clocks. */
function Replay({ state, lengths, isMotionReduced }: ReplayProps): ReactNode {
  const end = Math.max(clockOf(state.lanes.on), clockOf(state.lanes.off));
  const [at, setAt] = useState(end);
  const [isPlaying, setIsPlaying] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useFrames({
    target: box,
    isPlaying,
    onFrame: (step) => {
      const next = Math.min(end, at + (end * step) / REPLAY_SECONDS);
      setAt(next);
      if (next >= end) setIsPlaying(false);
    },
  });
  const play = () => {
    if (at >= end) setAt(0);
    setIsPlaying(!isPlaying);
  };
  return (
    <div ref={box}>
      <Drawing {...sceneAt(state, lengths, at)} />
      <ControlRow>
        <NumberControl
          label="Both clocks at"
          min={0}
          max={end}
          step={end / 1000}
          value={at}
          format={formatSeconds}
          onChange={(value) => {
            setIsPlaying(false);
            // The last step of a slider may fall short of its end by rounding.
            setAt(value > end * 0.9995 ? end : value);
          }}
        />
        {!isMotionReduced && (
          <Button onPress={play}>
            {isPlaying ? "Pause" : `Replay in ${REPLAY_SECONDS} seconds`}
          </Button>
        )}
      </ControlRow>
    </div>
  );
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, announce, setTable, isMotionReduced, shouldRun } = props;
  const engine = useEngine(Number(values.weight));
  const ready = engine.status.kind === "ready" ? engine.status.ready : undefined;
  const [numAsked, setNumAsked] = useState(shouldRun ? 1 : 0);
  const askForRun = () => setNumAsked((count) => count + 1);
  const request = { opening: openingOf(values), length: values.length };
  const race = useRace(ready, shouldRun ? undefined : request);
  const { phase } = race;
  const isRunning = phase.kind === "running";

  const latest = useRef({ request, race });
  useEffect(() => {
    latest.current = { request, race };
  });
  // A run that is asked for before the model is there begins as soon as it is.
  const numStarted = useRef(0);
  useEffect(() => {
    if (!ready || numAsked === numStarted.current) return;
    numStarted.current = numAsked;
    latest.current.race.run(latest.current.request);
  }, [ready, numAsked]);

  const reporters = useRef({ announce, setTable });
  useEffect(() => {
    reporters.current = { announce, setTable };
  });
  const finished = phase.kind === "done" ? race.state?.lanes : undefined;
  useEffect(() => {
    const outcome = finished && findOutcome(finished);
    if (!finished || !outcome) return;
    reporters.current.announce(`${describeOutcome(outcome)} ${describeEquality(finished)}`);
    reporters.current.setTable(tableOf(finished));
  }, [finished]);

  const shown = race.state;
  const canFinish = phase.kind === "done" && race.state?.lanes.off.isFinished === false;
  const runLabel = race.state === undefined ? "Run the race" : "Run again";
  return (
    <div className="race">
      <div className="race-actions">
        <Button
          kind="primary"
          disabled={engine.status.kind === "failed"}
          onPress={isRunning ? race.stop : askForRun}
        >
          {isRunning ? "Stop" : runLabel}
        </Button>
        {canFinish && <Button onPress={race.finish}>Let it finish</Button>}
        {phase.kind === "stopped" && <span>Stopped.</span>}
      </div>
      <Loading engine={engine} />
      {ready?.device.notice !== undefined && <p className="figure-notice">{ready.device.notice}</p>}
      {shown?.notices.map((notice) => (
        <p key={notice} className="figure-notice">
          {notice}
        </p>
      ))}
      {phase.kind === "failed" && (
        <div className="figure-error" role="alert">
          <p>{phase.message}</p>
          <Button onPress={askForRun}>Try again</Button>
        </div>
      )}
      {shown === undefined && <Expectation race={expectRace(values)} />}
      {shown !== undefined && phase.kind !== "done" && <Drawing {...shown} />}
      {shown !== undefined && phase.kind === "done" && (
        <>
          <Replay
            key={clockOf(shown.lanes.off)}
            state={shown}
            lengths={phase.lengths}
            isMotionReduced={isMotionReduced}
          />
          {ready && <OutcomeView state={shown} device={ready.device} />}
        </>
      )}
    </div>
  );
}
