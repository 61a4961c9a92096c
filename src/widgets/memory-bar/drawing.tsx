// The picture, the same on the poster and live.
import { useId, type ReactNode } from "react";
import { formatBinaryBytes, formatCount } from "../../ui/format.ts";
import { Button } from "../../ui/controls.tsx";
import { Stats } from "../../ui/parts.tsx";
import { Hatch, hatchFill } from "../../ui/picture.tsx";
import { openCache, openHolds, openUsable, openWeights } from "./opened.ts";
import {
  createScene,
  describeLimit,
  describeScene,
  type Memory,
  type MemoryScene,
  type MemoryValues,
  type Remedy,
} from "./scene.ts";
import { TanksPicture } from "./tanks-picture.tsx";

function writeStats(scene: MemoryScene, memory: Memory) {
  const [weights, cache] = [openWeights(scene, memory), openCache(scene, memory)];
  const [usable, holds] = [openUsable(scene, memory), openHolds(scene, memory)];
  const onEach = scene.deployment.numGpus === 1 ? "" : "on each GPU";
  return [
    { label: "Weights", value: weights.text, opened: weights, detail: onEach },
    { label: "KV cache asked for", value: cache.text, opened: cache, detail: onEach },
    { label: "vLLM may use", value: usable.text, opened: usable, detail: onEach },
    {
      label: "Room for",
      value: holds.text,
      opened: holds,
      detail: `sequences of ${formatCount(scene.values.context)} tokens`,
    },
  ];
}

function Key({ memory }: { readonly memory: Memory }): ReactNode {
  const id = useId();
  return (
    <ul className="memory-bar-key">
      {memory.layers.map(({ id: layer, label, colour, bytes }) => (
        <li key={layer}>
          <svg viewBox="0 0 14 14" aria-hidden="true">
            <rect width="14" height="14" fill={`var(--${colour})`} />
          </svg>
          {label} {formatBinaryBytes(bytes)}
        </li>
      ))}
      <li>
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <Hatch id={id} colour="rule" />
          <rect width="14" height="14" fill={hatchFill(id)} stroke="var(--strong-rule)" />
        </svg>
        left to others {formatBinaryBytes(memory.total - memory.usable)}
      </li>
    </ul>
  );
}

interface VerdictProps {
  readonly scene: MemoryScene;
  readonly onTry: ((remedy: Remedy) => void) | undefined;
}

function Answer({ scene, onTry }: VerdictProps): ReactNode {
  const { verdict, fits, remedies } = scene;
  const limit = describeLimit(scene);
  return (
    <div
      className={`memory-bar-answer ${fits ? "memory-bar-fits" : "memory-bar-lacks"}`}
      tabIndex={-1}
      data-outcome=""
    >
      <p className="memory-bar-verdict">{verdict}</p>
      {limit !== undefined && <p>{limit}</p>}
      {!fits && remedies.length === 0 && <p>No single change here makes it fit.</p>}
      {remedies.length > 0 && (
        <>
          <p>{remedies.length === 1 ? "This makes it fit:" : "Each of these makes it fit:"}</p>
          <ul>
            {remedies.map((remedy) => (
              <li key={remedy.text}>
                {onTry === undefined ? (
                  remedy.text
                ) : (
                  <Button onPress={() => onTry(remedy)}>{remedy.text}</Button>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

export interface DrawingProps {
  readonly values: MemoryValues;
  /** Absent on the poster: then the remedies are sentences and not buttons. */
  readonly onTry?: (remedy: Remedy) => void;
}

export function Drawing({ values, onTry }: DrawingProps): ReactNode {
  const scene = createScene(values);
  const { memory, deployment } = scene;
  return (
    <>
      {memory !== undefined && (
        <>
          <Stats stats={writeStats(scene, memory)} />
          <div className="memory-bar-picture">
            <TanksPicture
              memory={memory}
              numGpus={deployment.numGpus}
              description={describeScene(scene)}
            />
          </div>
          <Key memory={memory} />
        </>
      )}
      <Answer scene={scene} onTry={onTry} />
    </>
  );
}
