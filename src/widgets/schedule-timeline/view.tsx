// The live figure: the pointer or the arrow keys choose a step, and a line says what it did.
import {
  useId,
  useMemo,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from "react";
import type { ViewProps } from "../../figure/widget.ts";
import { Picture } from "../../ui/picture.tsx";
import { Framework } from "./drawing.tsx";
import type { parameters } from "./parameters.ts";
import { drawTimeline, findPlace, layOut } from "./picture.tsx";
import {
  createScene,
  describeScene,
  moveCursor,
  sayStep,
  stepAt,
  type Cursor,
  type TimelineScene,
} from "./scene.ts";

const HINT =
  "Point at a step, or walk the steps with the left and right arrow keys and the policies with up and down.";

/** Whether the step is there: other values may have left fewer. */
function isInside(scene: TimelineScene, cursor: Cursor | undefined): cursor is Cursor {
  return cursor !== undefined && scene.lanes[cursor.lane]?.run.steps[cursor.step] !== undefined;
}

function Timelines({ scene }: { readonly scene: TimelineScene }): ReactNode {
  const [chosen, setChosen] = useState<Cursor>();
  const readout = useId();
  const cursor = isInside(scene, chosen) ? chosen : undefined;
  const lane = cursor && scene.lanes[cursor.lane];
  const description = describeScene(scene);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") setChosen(undefined);
    const start: Cursor = { lane: 0, step: 0 };
    const next = moveCursor(scene, cursor ?? start, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setChosen(cursor ? next : start);
  };
  const onPointer = (event: PointerEvent) => {
    const { left, top, width } = event.currentTarget.getBoundingClientRect();
    const layout = layOut(scene, width);
    const found = findPlace(scene, layout, event.clientX - left, event.clientY - top);
    const pointed = found && scene.lanes[found.lane];
    setChosen(
      found && pointed && { lane: found.lane, step: stepAt(pointed, scene.axis, found.place) },
    );
  };
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys walk the steps */}
      <div
        role="application"
        aria-roledescription="timeline"
        aria-label="Steps of each policy"
        aria-describedby={readout}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- walked with the arrow keys
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
      >
        <Picture
          description={description}
          draw={(width, id) => drawTimeline(scene, { width, id, ...(cursor && { cursor }) })}
        />
      </div>
      <p id={readout} className="schedule-timeline-readout" aria-live="polite">
        {cursor && lane ? sayStep(lane, cursor.step) : HINT}
      </p>
    </>
  );
}

export default function View({ values }: ViewProps<typeof parameters>): ReactNode {
  const scene = useMemo(() => createScene(values), [values]);
  return (
    <Framework scene={scene}>
      <Timelines scene={scene} />
    </Framework>
  );
}
