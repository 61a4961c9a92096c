// The figure without its pointer, the same on the poster and live: totals, key, and whatever shows the timelines.
import type { ReactNode } from "react";
import { formatCount } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { Picture } from "../../ui/picture.tsx";
import { openTotals, TOTAL_NAMES } from "./opened.ts";
import { drawTimeline } from "./picture.tsx";
import {
  createScene,
  describeScene,
  STEP_TIMES,
  type TimelineScene,
  type TimelineValues,
} from "./scene.ts";

function Totals({ scene }: { readonly scene: TimelineScene }): ReactNode {
  return (
    <div
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a page has several: no landmark
      role="group"
      className="scrolls schedule-timeline-totals"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways on a phone
      tabIndex={0}
      aria-label="Totals of each policy"
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            {TOTAL_NAMES.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {scene.lanes.map((lane) => (
            <tr key={lane.run.policy.id}>
              <th scope="row">{lane.run.policy.name}</th>
              {openTotals(lane, scene).map((value) => (
                <td key={value.title}>
                  <OpenNumber value={value} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const KEY = [
  ["queued", "waits in the queue"],
  ["prefill", "prompt, or a part of it"],
  ["decode", "a token a step"],
  ["paused", "runs, but not in this step"],
  ["preempted", "preempted"],
  ["padding", "computed for nobody"],
] as const;

/** Heights as in the rows. */
const KEY_PATHS: Readonly<Record<(typeof KEY)[number][0], string>> = {
  queued: "M0 6h22v2H0z",
  prefill: "M0 1h22v12H0z",
  decode: "M0 4h22v7H0z",
  paused: "M0 6h22v2H0z",
  preempted: "M0 5h22v4H0z",
  padding: "M0 4h22v7H0z",
};

function Key(): ReactNode {
  return (
    <ul className="schedule-timeline-key schedule-timeline-request-1">
      {KEY.map(([kind, label]) => (
        <li key={kind}>
          <svg viewBox="0 0 22 14" width="22" aria-hidden="true">
            <path className={`schedule-timeline-${kind}`} d={KEY_PATHS[kind]} />
            {kind === "padding" && (
              <path className="schedule-timeline-strokes" d="M2 11 8 4M8 11l6-7M14 11l6-7" />
            )}
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}

export interface FrameworkProps {
  readonly scene: TimelineScene;
  /** The timelines. */
  readonly children: ReactNode;
}

export function Framework({ scene, children }: FrameworkProps): ReactNode {
  return (
    <>
      <Totals scene={scene} />
      <Key />
      {children}
      <p className="schedule-timeline-note">
        A number left of a row names the request; on a wide screen its prompt and output tokens
        follow. Steps take the fitted times of {STEP_TIMES}; {formatCount(scene.requests.length)}{" "}
        requests are an illustration, not a load.
      </p>
    </>
  );
}

export function Drawing({ values }: { readonly values: TimelineValues }): ReactNode {
  const scene = createScene(values);
  return (
    <Framework scene={scene}>
      <Picture
        description={describeScene(scene)}
        draw={(width, id) => drawTimeline(scene, { width, id })}
      />
      <p className="schedule-timeline-readout" />
    </Framework>
  );
}
