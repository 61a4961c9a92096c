// A class of machines: its range in a sentence, two charts, a table whose rows are chosen, and the chosen machine in full.
import { useId, useState, type PointerEvent, type ReactNode } from "react";
import { GIGA, TERA } from "../../core/units/units.ts";
import { A100 } from "../../live/published.ts";
import { Button } from "../../ui/controls.tsx";
import { formatNumber, NO_NUMBER } from "../../ui/format.ts";
import { SizedPicture, type Plot } from "../../ui/plot.tsx";
import { CHOSEN_STYLE, ClassLadders, ClassScatter, OWN_STYLE } from "./class-picture.tsx";
import {
  createLaddersPlot,
  createScatterPlot,
  findLadderAt,
  findPointAt,
  hasBoth,
  type Size,
  type Spot,
} from "./class-plot.ts";
import {
  describeClass,
  sayLayerBound,
  sayMember,
  sayParticulars,
  sayRange,
  type ClassMember,
  type ClassScene,
} from "./class-scene.ts";
import { MachinePart, Rooflines } from "./result.tsx";
import { describeMachine, type MachineScene } from "./scene.ts";

interface Choice {
  readonly members: readonly ClassMember[];
  /** Id of the machine that stands out. */
  readonly lit: string | undefined;
  readonly onPoint: (id: string | undefined) => void;
  readonly onChoose: (id: string) => void;
}

interface PointedChartProps extends Choice {
  readonly description: string;
  readonly heightAt: (width: number) => number;
  readonly createPlot: (members: readonly ClassMember[], size: Size) => Plot;
  readonly findAt: (plot: Plot, members: readonly ClassMember[], spot: Spot) => string | undefined;
  readonly renderAt: (size: Size) => ReactNode;
}

/** A chart in which the pointer finds machines; the table does the same for the keyboard. */
function PointedChart(props: PointedChartProps): ReactNode {
  const { members, onPoint, onChoose, description, heightAt, createPlot, findAt, renderAt } = props;
  const find = (event: PointerEvent<HTMLDivElement>) => {
    const { left, top, width } = event.currentTarget.getBoundingClientRect();
    const size = { width: Math.round(width), height: heightAt(Math.round(width)) };
    const spot = { x: event.clientX - left, y: event.clientY - top };
    return findAt(createPlot(members, size), members, spot);
  };
  return (
    <div
      className="own-gpu-pointed"
      onPointerMove={(event) => onPoint(find(event))}
      onPointerLeave={() => onPoint(undefined)}
      onPointerUp={(event) => {
        const id = find(event);
        if (id !== undefined) onChoose(id);
      }}
    >
      <SizedPicture description={description} heightAt={heightAt} renderAt={renderAt} />
    </div>
  );
}

function Scatter({ description, ...choice }: Choice & { readonly description: string }) {
  const { members, lit } = choice;
  if (!members.some(hasBoth)) return null;
  return (
    <PointedChart
      {...choice}
      description={description}
      heightAt={(width) => Math.round(Math.min(600, Math.max(300, 0.9 * width)))}
      createPlot={createScatterPlot}
      findAt={findPointAt}
      renderAt={(size) => <ClassScatter members={members} lit={lit} size={size} />}
    />
  );
}

function Ladders(choice: Choice): ReactNode {
  const { members, lit } = choice;
  const drawn = members.filter(({ read }) => read !== undefined);
  if (drawn.length === 0) return null;
  return (
    <PointedChart
      {...choice}
      members={drawn}
      description={`Reading rate against the size of the working set, a line for each of ${drawn.length} machines.`}
      heightAt={(width) => Math.round(Math.min(420, Math.max(260, 0.7 * width)))}
      createPlot={createLaddersPlot}
      findAt={findLadderAt}
      renderAt={(size) => <ClassLadders members={drawn} lit={lit} size={size} />}
    />
  );
}

/** What binds the layer of one row, as a letter beside its word. */
const LAYER_LETTERS: Readonly<Record<ClassMember["layer"], string>> = {
  memory: "M",
  compute: "C",
  overhead: "O",
  unknown: "?",
  untimed: "—",
};

const MICRO = 1e-6;

interface RowProps {
  readonly member: ClassMember;
  readonly group: string;
  readonly isLit: boolean;
  readonly isChosen: boolean;
  readonly choice: Choice;
}

function scaled(value: number | undefined, unit: number): string {
  return formatNumber(value === undefined ? undefined : value / unit);
}

function Row({ member, group, isLit, isChosen, choice }: RowProps): ReactNode {
  const { id, label, place, isOwn, read, multiplyAdd, ridge, launch, isWallTimed, layer } = member;
  const { onPoint, onChoose } = choice;
  const classes = [isOwn && "own-gpu-row-own", isLit && "own-gpu-row-lit"].filter(Boolean);
  return (
    <tr
      className={classes.join(" ") || undefined}
      onPointerEnter={() => onPoint(id)}
      onPointerLeave={() => onPoint(undefined)}
    >
      <td className="number">{place ?? NO_NUMBER}</td>
      <th scope="row">
        <label>
          <input
            type="radio"
            name={group}
            checked={isChosen}
            onChange={() => onChoose(id)}
            onFocus={() => onPoint(id)}
            onBlur={() => onPoint(undefined)}
          />
          {label}
          {isWallTimed && <small> wall clock</small>}
        </label>
      </th>
      <td className="number">{scaled(read?.median, GIGA)}</td>
      <td className="number">{scaled(multiplyAdd?.median, TERA)}</td>
      <td className="number">{formatNumber(ridge)}</td>
      <td className="number">{scaled(launch?.median, MICRO)}</td>
      <td className={`own-gpu-layer-${layer}`}>
        <span aria-hidden="true">{LAYER_LETTERS[layer]}</span>
        <span className="visually-hidden">{sayLayerBound(member)}</span>
      </td>
    </tr>
  );
}

interface TableProps {
  readonly choice: Choice;
  readonly chosen: string | undefined;
}

function ClassTable({ choice, chosen }: TableProps): ReactNode {
  const group = useId();
  const { members, lit } = choice;
  return (
    <>
      <table className="own-gpu-table">
        <caption>
          Choose a machine to see it in the charts and in full below. The number is its place by
          reading.
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <abbr title="Place by reading">#</abbr>
            </th>
            <th scope="col">Machine</th>
            <th scope="col">
              Read <small>GB/s</small>
            </th>
            <th scope="col">
              FMA <small>TFLOP/s</small>
            </th>
            <th scope="col">
              Ridge <small>FLOP/B</small>
            </th>
            <th scope="col">
              Launch <small>µs</small>
            </th>
            <th scope="col">
              Layer <small>1 row</small>
            </th>
          </tr>
        </thead>
        <tbody>
          {members.map((member) => (
            <Row
              key={member.id}
              member={member}
              group={group}
              isLit={member.id === lit}
              isChosen={member.id === chosen}
              choice={choice}
            />
          ))}
        </tbody>
      </table>
      <p className="own-gpu-note">
        FMA: multiply-adds in f32, two FLOPs each. Layer: what binds the linear layer of one row; M
        memory, C compute, O overhead, ? cannot tell, — not timed.
      </p>
    </>
  );
}

function Software({ software }: { readonly software: readonly MachineScene[] }): ReactNode {
  if (software.length === 0) return null;
  return (
    <section className="own-gpu-software" aria-label="Software adapters">
      <h3>Software adapters, not drawn</h3>
      <ul>
        {software.map((scene) => (
          <li key={scene.machine.id}>{describeMachine(scene)}</li>
        ))}
      </ul>
    </section>
  );
}

/** The chosen machine, and the reader's own beside it, as a few machines are always drawn. */
function InFull({
  members,
  chosen,
}: {
  readonly members: readonly ClassMember[];
  readonly chosen: string | undefined;
}): ReactNode {
  const shown = members.filter(({ id, isOwn }) => isOwn || id === chosen);
  if (shown.length === 0) return null;
  const scenes = shown
    .toSorted((one, other) => Number(other.isOwn) - Number(one.isOwn))
    .map(({ scene, isOwn }) => ({ ...scene, style: isOwn ? OWN_STYLE : CHOSEN_STYLE }));
  return (
    <section aria-label="In full">
      <Rooflines scenes={scenes} />
      {scenes.map((scene) => (
        <MachinePart key={scene.machine.id} scene={scene} />
      ))}
    </section>
  );
}

export interface ClassViewProps {
  readonly scene: ClassScene;
  /** Takes a machine away; the reader's own is not offered. */
  readonly onRemove: (id: string) => void;
}

export function ClassView({ scene, onRemove }: ClassViewProps): ReactNode {
  const { members, software } = scene;
  const [chosenId, setChosen] = useState<string>();
  const [pointed, setPointed] = useState<string>();
  const chosen = members.find(({ id }) => id === chosenId);
  const lit = members.find(({ id }) => id === pointed) ?? chosen;
  const choice = { members, lit: lit?.id, onPoint: setPointed, onChoose: setChosen };
  return (
    <div className="own-gpu-class">
      <p className="own-gpu-range">{sayRange(scene)}</p>
      <p className="own-gpu-note">{sayParticulars(scene).join(" ")}</p>
      {members.length > 0 && (
        <div className="own-gpu-class-parts">
          <div className="own-gpu-class-charts">
            <p className="own-gpu-readout">
              {lit === undefined
                ? "Point at a machine, or choose one in the table."
                : sayMember(lit)}
            </p>
            <Scatter {...choice} description={describeClass(scene)} />
            <Ladders {...choice} />
            <p className="own-gpu-note">
              “A100”: the {A100.gpu.name} in f32, published (
              <a href={A100.gpu.source.url}>datasheet</a>,{" "}
              <a href={A100.floatSource.url}>white paper</a>). Thin crosses: intervals.
            </p>
          </div>
          <div>
            <ClassTable choice={choice} chosen={chosen?.id} />
            {chosen !== undefined && !chosen.isOwn && (
              <Button kind="quiet" onPress={() => onRemove(chosen.id)}>
                Take {chosen.label} away
              </Button>
            )}
          </div>
        </div>
      )}
      <Software software={software} />
      <InFull members={members} chosen={chosen?.id} />
    </div>
  );
}
