// What stands in the card before the reader's own run: what the shape of the model says, and a run recorded elsewhere.
import type { ReactNode } from "react";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import { RecordedRoofline } from "../../live/claim-roofline.tsx";
import { findLadder } from "../../live/recorded.ts";
import { createScene } from "../../live/scene.ts";
import { STEP_WORDS } from "../../live/story-steps.ts";
import { Stats } from "../../ui/parts.tsx";
import { RECORDED } from "./recorded.ts";
import { Result } from "./result.tsx";
import { subjectOf } from "./roofline.ts";
import { cacheMemory, modelledStats } from "./scene.ts";

/** Nothing where none was recorded. */
export function RecordedResult(): ReactNode {
  if (RECORDED === undefined) return null;
  const { device, startedAt, comparison } = RECORDED;
  const date = startedAt.slice(0, 10);
  const subject = subjectOf(RECORDED);
  const scene = createScene(subject, { record: RECORDED, ladder: findLadder(device.name) });
  return (
    <>
      <Result
        record={RECORDED}
        memory={cacheMemory(comparison.contender.step.position)}
        answer={undefined}
        origin={<ProvenanceLabel provenance={{ kind: "recorded", device: device.name, date }} />}
      />
      <RecordedRoofline subject={subject} scene={scene} words={STEP_WORDS} />
    </>
  );
}

export interface PosterProps {
  readonly position: number;
  /** The recorded run is open. Closed before the prediction, which it would give away. */
  readonly isOpen: boolean;
}

export function Poster({ position, isOpen }: PosterProps): ReactNode {
  return (
    <>
      <Stats stats={modelledStats(position)} />
      <p className="cache-claim-note">
        What that is worth in time, your device says when you run it.
      </p>
      {RECORDED !== undefined && (
        <details className="cache-claim-recorded" open={isOpen}>
          <summary>A run recorded on {RECORDED.device.name}</summary>
          <RecordedResult />
        </details>
      )}
    </>
  );
}
