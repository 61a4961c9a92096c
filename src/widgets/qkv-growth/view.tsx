// The live figure: steps the model and draws what it computed.
import {
  useEffect,
  useId,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from "react";
import { useFrames } from "../../figure/motion.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import { useWidth } from "../../ui/width.ts";
import { Counts, EmptyPicture } from "./counts.tsx";
import { Drawing, Key } from "./drawing.tsx";
import { createFrame, findCell } from "./frame.ts";
import { LAST_STEP, type parameters } from "./parameters.ts";
import {
  describeCell,
  describeSizes,
  moveCell,
  textLength,
  type Cell,
  type Growth,
  type Picture,
} from "./scene.ts";
import { makeTable } from "./table.ts";
import { deviceNotices, useEngine, usePictures, useStory } from "./use-story.ts";

type Props = ViewProps<typeof parameters>;

/** Seconds that a step stays while playing. */
const STEP_SECONDS = 0.9;

interface StepButtonsProps {
  readonly step: number;
  readonly canPlay: boolean;
  readonly isPlaying: boolean;
  readonly onStep: (step: number) => void;
  readonly onPlay: (isPlaying: boolean) => void;
}

function StepButtons({ step, canPlay, isPlaying, onStep, onPlay }: StepButtonsProps): ReactNode {
  return (
    <div className="qkv-growth-steps">
      <Button disabled={step <= 1} onPress={() => onStep(step - 1)}>
        Back
      </Button>
      <Button disabled={step >= LAST_STEP} onPress={() => onStep(step + 1)}>
        Next
      </Button>
      {canPlay && (
        <Button disabled={step >= LAST_STEP && !isPlaying} onPress={() => onPlay(!isPlaying)}>
          {isPlaying ? "Pause" : "Play"}
        </Button>
      )}
    </div>
  );
}

interface MatricesProps {
  readonly growth: Growth;
  readonly picture: Picture;
}

/** The drawing with a readout: the pointer or the arrow keys choose a cell. */
function Matrices({ growth, picture }: MatricesProps): ReactNode {
  const [box, width = 860] = useWidth<HTMLDivElement>();
  const [cell, setCell] = useState<Cell>();
  const readout = useId();
  const numTokens = picture.labels.length;
  const { headWidth } = picture;
  const isInside = cell !== undefined && isCellInside(cell, picture);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") setCell(undefined);
    const start: Cell = { matrix: "query", row: numTokens - 1, column: 0 };
    const next = moveCell(isInside ? cell : start, event.key, { numTokens, headWidth });
    if (next === undefined) return;
    event.preventDefault();
    setCell(isInside ? next : start);
  };
  const onPointerMove = (event: PointerEvent) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const frame = createFrame(numTokens, headWidth, width);
    setCell(findCell(frame, event.clientX - left, event.clientY - top));
  };
  return (
    <>
      <div ref={box}>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys walk the cells */}
        <div
          role="application"
          aria-roledescription="matrices"
          aria-label={describeSizes(growth, headWidth)}
          aria-describedby={readout}
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the cells are walked with the arrow keys
          tabIndex={0}
          onKeyDown={onKeyDown}
          onBlur={() => setCell(undefined)}
          onPointerMove={onPointerMove}
          onPointerLeave={() => setCell(undefined)}
        >
          <Drawing
            growth={growth}
            headWidth={headWidth}
            labels={picture.labels}
            picture={picture}
            width={width}
            cell={isInside ? cell : undefined}
          />
        </div>
      </div>
      <p className="qkv-growth-readout" id={readout} aria-live="off">
        {isInside
          ? describeCell(picture, cell, growth)
          : "Point at a cell, or walk the cells with the arrow keys, to read its value."}
      </p>
    </>
  );
}

function isCellInside({ matrix, row, column }: Cell, { labels, headWidth }: Picture): boolean {
  const numTokens = labels.length;
  if (matrix === "key") return row < headWidth && column < numTokens;
  return row < numTokens && column < (matrix === "weights" ? numTokens : headWidth);
}

function Failure({ message, onRetry }: { message: string; onRetry: () => void }): ReactNode {
  return (
    <div className="figure-error" role="alert">
      <p>{message}</p>
      <Button onPress={onRetry}>Try again</Button>
    </div>
  );
}

/** One step on whenever the last has stood long enough and its values are there. */
function usePlay(
  target: React.RefObject<HTMLElement | null>,
  { isPlaying, onTick }: { readonly isPlaying: boolean; readonly onTick: () => boolean },
): void {
  const waited = useRef(0);
  useFrames({
    target,
    isPlaying,
    onFrame: (stepSeconds) => {
      waited.current += stepSeconds;
      if (waited.current >= STEP_SECONDS && onTick()) waited.current = 0;
    },
  });
}

/** Tells the frame what is on the screen, once the values have come. */
function useReport(props: Props, growth: Growth, picture: Picture | undefined): void {
  const { values, setTable, announce } = props;
  useEffect(() => {
    if (picture === undefined) return;
    setTable(makeTable(growth, picture.headWidth));
    // The frame announces the default opening's steps itself; of others it does not know the tokens.
    announce(describeSizes(growth, picture.headWidth));
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the frame's functions change at every render
  }, [picture, values.cache, values.step]);
}

/** Trying again starts from nothing. */
export default function View(props: Props): ReactNode {
  const [attempt, setAttempt] = useState(0);
  return <Stepper key={attempt} {...props} onRetry={() => setAttempt((count) => count + 1)} />;
}

function Stepper(props: Props & { readonly onRetry: () => void }): ReactNode {
  const { values, setValues, isMotionReduced, onRetry } = props;
  const { prompt, step, layer, head, cache } = values;
  const engine = useEngine();
  const ready = engine.kind === "ready" ? engine.ready : undefined;
  const storyState = useStory(ready, prompt);
  const story =
    storyState.kind === "written" && storyState.prompt === prompt ? storyState.story : undefined;
  const growth = { numPrompt: story?.numPrompt ?? 1, step, cache };
  const wish = { numTokens: textLength(growth), layer, head };
  const { picture, before, message } = usePictures(ready, story, wish);
  const { setProvenance } = props;
  const device = ready?.device.name;
  const isLive = device !== undefined && picture !== undefined;
  useEffect(() => {
    if (isLive) setProvenance({ kind: "measured", device });
  }, [isLive, device, setProvenance]);
  const [isPlaying, setIsPlaying] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  usePlay(body, {
    isPlaying: isPlaying && !isMotionReduced,
    onTick: () => {
      if (picture === undefined) return false;
      if (step + 1 >= LAST_STEP) setIsPlaying(false);
      setValues({ step: Math.min(LAST_STEP, step + 1) });
      return true;
    },
  });
  useReport(props, growth, picture);
  const failure =
    (engine.kind === "failed" && engine.message) ||
    (storyState.kind === "failed" && storyState.message) ||
    message;
  if (failure) {
    return <Failure message={failure} onRetry={onRetry} />;
  }
  return (
    <div ref={body}>
      <StepButtons
        step={step}
        canPlay={!isMotionReduced}
        isPlaying={isPlaying}
        onStep={(next) => {
          setIsPlaying(false);
          setValues({ step: next });
        }}
        onPlay={setIsPlaying}
      />
      {picture === undefined ? (
        <Waiting values={values} engine={engine} hasStory={story !== undefined} />
      ) : (
        <>
          <Counts growth={growth} picture={picture} before={before} />
          <Matrices growth={growth} picture={picture} />
          <Key />
        </>
      )}
      {ready && (
        <div className="qkv-growth-origin">
          {[...deviceNotices(ready.device), ...(story?.notices ?? [])].map((notice) => (
            <p key={notice}>{notice}</p>
          ))}
        </div>
      )}
    </div>
  );
}

interface WaitingProps {
  readonly values: Props["values"];
  readonly engine: ReturnType<typeof useEngine>;
  readonly hasStory: boolean;
}

function Waiting({ values, engine, hasStory }: WaitingProps): ReactNode {
  return (
    <>
      {engine.kind === "loading" ? (
        <Progress label="Loading the model" fraction={engine.fraction} />
      ) : (
        <Progress
          label={hasStory ? "Computing the step" : "Writing the story"}
          fraction={undefined}
        />
      )}
      <EmptyPicture values={values} />
    </>
  );
}
