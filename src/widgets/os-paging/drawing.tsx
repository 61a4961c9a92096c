// Both pictures, the pairs of the analogy, and what the chosen one says; the same on the poster and live.
import type { ReactNode } from "react";
import { CONCEPTS } from "./concepts.ts";
import { AnalogyPicture } from "./picture.tsx";
import type { OsPagingScene } from "./scene.ts";

export interface DrawingProps {
  readonly scene: OsPagingScene;
  /** Absent on the poster. */
  readonly onChoose?: (concept: string) => void;
}

export function Drawing({ scene, onChoose }: DrawingProps): ReactNode {
  const { concept } = scene;
  return (
    <>
      <AnalogyPicture scene={scene} />
      <div className="os-paging-below">
        <ul className="os-paging-pairs" aria-label="Pairs of the analogy">
          {CONCEPTS.map(({ id, os, kv }) => (
            <li key={id}>
              <button
                type="button"
                className="os-paging-pair"
                aria-pressed={id === concept.id}
                disabled={onChoose === undefined}
                onClick={() => onChoose?.(id)}
              >
                <span>{os}</span>
                <span className="visually-hidden">: </span>
                <span>{kv}</span>
              </button>
            </li>
          ))}
        </ul>
        <dl className="os-paging-said">
          <dt>Alike</dt>
          <dd>{concept.alike}</dd>
          <dt>Where the analogy ends</dt>
          <dd>{concept.ends}</dd>
        </dl>
      </div>
    </>
  );
}
