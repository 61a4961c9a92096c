// What stands in a live figure before the reader's own run: what the arithmetic says, and a run recorded elsewhere.
import type { ReactNode } from "react";
import type { AnyRecord } from "../experiments/kernel-record.ts";
import { ProvenanceLabel } from "../figure/provenance.tsx";
import { ModelledPicture, Result, type KeyWords } from "./result.tsx";
import { createScene, type LiveScene, type Run, type Subject } from "./scene.ts";

export interface LiveFigure {
  readonly subject: Subject;
  readonly words: KeyWords;
  /** A run recorded elsewhere; absent where there is none. */
  readonly recorded: Run | undefined;
  /** Of a figure that follows a parameter: whether a run is of what it shows. Absent: every run is. */
  readonly isOf?: (record: AnyRecord) => boolean;
  /** After the verdict: the prediction beside what was measured, and what else the figure says. */
  readonly sentences: (scene: LiveScene, prediction: string | undefined) => readonly string[];
}

export interface LivePosterProps {
  readonly figure: LiveFigure;
  /** The recorded run is open. Closed before the prediction, which it would give away. */
  readonly isOpen: boolean;
}

export function LivePoster({ figure, isOpen }: LivePosterProps): ReactNode {
  const { subject, words, recorded } = figure;
  const device = recorded?.record.device.name ?? "";
  return (
    <>
      <ModelledPicture subject={subject} words={words} />
      {recorded === undefined && (
        <p className="live-note">Nobody has recorded a run of this yet: press Run for your own.</p>
      )}
      {recorded !== undefined && (
        <details className="live-recorded" open={isOpen}>
          <summary>A run recorded on {device}</summary>
          <Result
            subject={subject}
            scene={createScene(subject, recorded)}
            words={words}
            sentences={figure.sentences(createScene(subject, recorded), undefined)}
            origin={
              <ProvenanceLabel
                provenance={{
                  kind: "recorded",
                  device,
                  date: recorded.record.startedAt.slice(0, 10),
                }}
              />
            }
          />
        </details>
      )}
    </>
  );
}
