// The picture, the same on the poster and live: key figures, both memories, and the parts of each in numbers.
import { useId, type ReactNode } from "react";
import { formatCount, formatPercent } from "../../ui/format.ts";
import { hatchFill } from "../../ui/picture.tsx";
import { Stats, type Stat } from "../../ui/parts.tsx";
import { MapPicture, Stripes } from "./map-picture.tsx";
import { openAnswered, openShare } from "./opened.ts";
import {
  countOf,
  createScene,
  describeScene,
  PARTS,
  shareOf,
  type MapScene,
  type MapValues,
  type Part,
} from "./scene.ts";

function writeStats(scene: MapScene): Stat[] {
  const { reserved, paged, step } = scene;
  const [whole, blocks] = [openShare(reserved, step), openShare(paged, step)];
  const answered = openAnswered(scene);
  const { numPreemptions } = paged.frame;
  return [
    {
      label: `Holds tokens, ${reserved.name}`,
      value: whole.text,
      opened: whole,
      detail: `of ${countOf(reserved.frame.numRunning, "request")}`,
    },
    {
      label: `Holds tokens, ${paged.name}`,
      value: blocks.text,
      opened: blocks,
      detail: `of ${countOf(paged.frame.numRunning, "request")}`,
    },
    {
      label: "Answered so far",
      value: answered.text,
      opened: answered,
      detail:
        numPreemptions === 0
          ? `of ${formatCount(scene.numArrived)} that have come`
          : `of ${formatCount(scene.numArrived)}; vLLM put ${formatCount(numPreemptions)} back`,
    },
  ];
}

function Swatch({ part, id }: { readonly part: Part["id"]; readonly id: string }): ReactNode {
  return (
    <svg viewBox="0 0 14 14" aria-hidden="true">
      {part === "free" && <path className="memory-map-free" d="M1 1h12v12H1z" />}
      {part === "external" && <path className="memory-map-lost" d="M1 1h12v12H1z" />}
      {part !== "free" && part !== "external" && (
        <path className="memory-map-part" d="M0 0h14v14H0z" />
      )}
      {(part === "reserved" || part === "internal") && (
        <path fill={hatchFill(`${id}${part}`)} d="M0 0h14v14H0z" />
      )}
    </svg>
  );
}

/** The key of the bars, with the share of each part. */
function PartsTable({ scene }: { readonly scene: MapScene }): ReactNode {
  const id = useId();
  const panels = [scene.reserved, scene.paged];
  return (
    <>
      <svg className="memory-map-patterns" aria-hidden="true">
        <Stripes id={id} />
      </svg>
      <table className="memory-map-parts">
        <thead>
          <tr>
            <th scope="col">Part of the memory</th>
            {panels.map((panel) => (
              <th key={panel.id} scope="col">
                {panel.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {PARTS.map((part) => (
            <tr key={part.id}>
              <th scope="row">
                <Swatch part={part.id} id={id} />
                {part.label}
              </th>
              {panels.map((panel) => (
                <td key={panel.id} className="number">
                  {formatPercent(shareOf(panel.frame, part.id))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

export interface DrawingProps {
  readonly values: MapValues;
  /** Buttons; on the poster their place is kept free. */
  readonly children?: ReactNode;
}

export function Drawing({ values, children }: DrawingProps): ReactNode {
  const scene = createScene(values);
  return (
    <>
      <div className="memory-map-steps">{children}</div>
      <Stats stats={writeStats(scene)} />
      <div className="memory-map-picture">
        <MapPicture scene={scene} description={describeScene(scene)} />
      </div>
      <PartsTable scene={scene} />
      <p className="memory-map-note">
        A colour and a number is one request. Read a memory like a page: row by row, 64 slots each,
        a slot for the keys and values of one token. Lengths are an eighth of the paper’s workload:
        requests of at most 256 tokens, about 60 on average, one every other step.
      </p>
    </>
  );
}
