// The live figure: a run of the page's engine, advanced by steps or by itself, and its block tables after each.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useFrames } from "../../figure/motion.ts";
import { siteUrl } from "../../figure/site-url.ts";
import { useTask } from "../../figure/task.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { leaseModel, type ReadyEngine } from "../../model/page-engine.ts";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import { Drawing } from "./drawing.tsx";
import type { parameters } from "./parameters.ts";
import { NUM_NEW_TOKENS } from "./prompts.ts";
import { createTurns, followRun } from "./run.ts";
import { createScene, describeScene, makeTable, type Moment } from "./scene.ts";

/** Seconds that a picture stays while playing. */
const PICTURE_SECONDS = 0.6;
/** The stage in which the run waits for the reader's steps. */
const SERVING = "serving";

const leaseStoryModel = (onProgress: (fraction: number) => void) =>
  leaseModel(siteUrl("models/stories-1m"), onProgress);

interface LiveButtonsProps {
  readonly children: ReactNode;
  readonly isRunning: boolean;
  /** The run is ready for a step. */
  readonly isServing: boolean;
  readonly isPlaying: boolean;
  readonly canPlay: boolean;
  readonly hasRun: boolean;
  readonly onRun: () => void;
  readonly onPlay: () => void;
  readonly onStep: () => void;
  readonly onStop: () => void;
}

function LiveButtons(props: LiveButtonsProps): ReactNode {
  const { isRunning, isServing, isPlaying, canPlay, hasRun, onRun, onPlay, onStep, onStop } = props;
  return (
    <div className="live-blocks-buttons">
      {/* One place for both, so that the keyboard stays on it. */}
      {isRunning ? (
        <Button onPress={onStop}>Stop</Button>
      ) : (
        <Button kind="primary" onPress={onRun}>
          {hasRun ? "Run again" : "Run on this device"}
        </Button>
      )}
      {isRunning && canPlay && (
        <Button kind="primary" disabled={!isServing} onPress={onPlay}>
          {isPlaying ? "Pause" : "Play"}
        </Button>
      )}
      {isRunning && (
        <Button disabled={!isServing || isPlaying} onPress={onStep}>
          Step
        </Button>
      )}
      {props.children}
    </div>
  );
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, shouldRun, isMotionReduced, announce, setTable, setProvenance } = props;
  const { state, start, stop } = useTask<ReadyEngine, undefined>(leaseStoryModel);
  // Kept after the run, and if it is stopped.
  const [moment, setMoment] = useState<Moment>();
  const [wantsPlay, setWantsPlay] = useState(true);
  const [turns] = useState(createTurns);
  const isByHand = useRef(false);
  const box = useRef<HTMLDivElement>(null);
  const waited = useRef(0);
  const hadFocus = useRef(false);
  const isRunning = state.kind === "running";
  const isServing = isRunning && state.stage === SERVING;
  const isPlaying = isServing && wantsPlay && !isMotionReduced;
  const give = () => turns.give(Number(values.stride));
  useFrames({
    target: box,
    isPlaying,
    onFrame: (stepSeconds) => {
      waited.current += stepSeconds;
      if (waited.current < PICTURE_SECONDS) return;
      waited.current = 0;
      give();
    },
  });
  useEffect(() => {
    if (moment === undefined) return;
    setTable(makeTable(createScene(moment), values.stride));
    setProvenance({ kind: "measured", device: moment.device });
  }, [moment, values.stride, setTable, setProvenance]);
  const run = () =>
    start(async (ready, { signal, onProgress }) => {
      onProgress(0, "preparing the run");
      await followRun(ready, {
        signal,
        nextTurn: () => turns.next(signal),
        onMoment: (next) => {
          setMoment(next);
          onProgress(next.numGenerated / NUM_NEW_TOKENS, SERVING);
          if (next.isFinished || isByHand.current) announce(describeScene(createScene(next)));
          isByHand.current = false;
          // The last step takes its button away: the keyboard then goes to the one that runs again.
          hadFocus.current =
            next.isFinished && box.current?.contains(document.activeElement) === true;
        },
      });
      return undefined;
    });
  useEffect(() => {
    if (isRunning || !hadFocus.current) return;
    hadFocus.current = false;
    box.current?.querySelector<HTMLElement>("button")?.focus();
  }, [isRunning]);
  const play = () => {
    setWantsPlay(!isPlaying);
    if (isPlaying && moment !== undefined) announce(describeScene(createScene(moment)));
  };
  const step = () => {
    isByHand.current = true;
    setWantsPlay(false);
    give();
  };
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    run();
  });
  return (
    <div ref={box}>
      <LiveButtons
        isRunning={isRunning}
        isServing={isServing}
        isPlaying={isPlaying}
        canPlay={!isMotionReduced}
        hasRun={moment !== undefined}
        onRun={run}
        onPlay={play}
        onStep={step}
        onStop={stop}
      >
        {isRunning && (
          <Progress
            label={state.stage}
            fraction={state.fraction}
            detail={
              isServing ? `${moment?.numGenerated ?? 0} of ${NUM_NEW_TOKENS} tokens` : undefined
            }
          />
        )}
      </LiveButtons>
      {state.kind === "failed" && (
        <div className="figure-error" role="alert">
          <p>{state.message}</p>
          <Button onPress={run}>Try again</Button>
        </div>
      )}
      <Drawing moment={moment} />
    </div>
  );
}
