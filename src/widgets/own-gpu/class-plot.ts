// Where the machines of a class lie in its two charts, which numbers fit beside them, and which machine a pointer is
// nearest to. Pure; lengths in CSS pixels.
import { A100 } from "../../live/published.ts";
import { formatNumber, formatSi } from "../../ui/format.ts";
import { createLogPlot, type Plot, type PlotAxis } from "../../ui/plot.tsx";
import { createScale } from "../../ui/scale.ts";
import { formatSet } from "./scene.ts";
import { workingSets, type ClassMember } from "./class-scene.ts";

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A machine that has both figures of the scatter. */
export interface PlacedMember {
  readonly member: ClassMember;
  readonly x: number;
  readonly y: number;
}

/** Room between the outermost machine and the edge, as a factor. */
const EDGE = 1.35;

/** A logarithmic axis round some values: ticks at 1, 2 and 5 times the powers of ten while there is room for them. */
function axisRound(
  values: readonly number[],
  numTicks: number,
  words: Pick<PlotAxis, "label" | "format">,
): PlotAxis {
  const [min, max] = [Math.min(...values) / EDGE, Math.max(...values) * EDGE];
  const { ticks } = createScale([], { kind: "log", min, max, tickCount: numTicks });
  return { min, max, ticks, ...words };
}

/** Reading across, multiply-adds up. The A100 would take half of the room, and is not a point in it. */
export function createScatterPlot(members: readonly ClassMember[], size: Size): Plot {
  const both = members.filter(hasBoth);
  return createLogPlot(
    size,
    {
      x: axisRound(
        both.map(({ read }) => read.median),
        size.width < 380 ? 6 : 9,
        { label: "Read from memory (B/s)", format: (value) => formatSi(value, "", 1) },
      ),
      y: axisRound(
        both.map(({ multiplyAdd }) => multiplyAdd.median),
        9,
        {
          label: "Multiply-adds (FLOP/s)",
          format: (value) => formatSi(value, "", 1),
        },
      ),
    },
    { top: 40, right: 34, bottom: 44, left: 48 },
  );
}

type BothTimed = ClassMember & {
  readonly read: NonNullable<ClassMember["read"]>;
  readonly multiplyAdd: NonNullable<ClassMember["multiplyAdd"]>;
};

/** Whether a machine has a place in the scatter. */
export function hasBoth(member: ClassMember): member is BothTimed {
  return member.read !== undefined && member.multiplyAdd !== undefined;
}

export function placeMembers(plot: Plot, members: readonly ClassMember[]): readonly PlacedMember[] {
  return members.filter(hasBoth).map((member) => ({
    member,
    x: plot.toX(member.read.median),
    y: plot.toY(member.multiplyAdd.median),
  }));
}

/** A line of equal ridge across the scatter, from one edge to another. */
export interface RidgeLine {
  readonly ridge: number;
  readonly from: Spot;
  readonly to: Spot;
  readonly label: string;
  /** The edge at which the line ends, where its label stands. */
  readonly edge: "top" | "right";
}

/** Rates that lie at 1, 2, 5, 10 … FLOP a byte. */
export function ridgeLines(plot: Plot): readonly RidgeLine[] {
  const { x, y } = plot;
  const { ticks } = createScale([], {
    kind: "log",
    min: y.min / x.max,
    max: y.max / x.min,
    // Three a decade: they are few enough, since a class spans two or three.
    tickCount: 100,
  });
  return ticks.flatMap((ridge) => ridgeLine(plot, ridge) ?? []);
}

/** Undefined where the line does not cross the scatter, or only cuts a corner of it. */
export function ridgeLine(plot: Plot, ridge: number): RidgeLine | undefined {
  const { x, y } = plot;
  const start = Math.max(x.min, y.min / ridge);
  const end = Math.min(x.max, y.max / ridge);
  if (end < 1.6 * start) return undefined;
  return {
    ridge,
    from: { x: plot.toX(start), y: plot.toY(start * ridge) },
    to: { x: plot.toX(end), y: plot.toY(end * ridge) },
    label: formatNumber(ridge, 1),
    edge: end < x.max ? "top" : "right",
  };
}

/** Reading rate against the working set, of all machines. */
export function createLaddersPlot(members: readonly ClassMember[], size: Size): Plot {
  const sets = workingSets(members.map(({ scene }) => scene));
  const rates = members.flatMap(({ scene }) => scene.roofs.rungs.map(({ rate }) => rate.median));
  return createLogPlot(
    size,
    {
      x: {
        min: Math.min(...sets) / 1.1,
        max: Math.max(...sets) * 1.1,
        ticks: sets.filter((_, index) => sets.length < 6 || index % 2 === 0),
        label: "Working set (MiB)",
        format: (value) => formatSet(value).replace("\u00a0MiB", ""),
      },
      y: axisRound([...rates, A100.gpu.bandwidth], 9, {
        label: "Bytes read a second",
        format: (value) => formatSi(value, "", 1),
      }),
    },
    { top: 24, right: 16, bottom: 44, left: 48 },
  );
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.left < other.left + other.width &&
    other.left < one.left + one.width &&
    one.top < other.top + other.height &&
    other.top < one.top + one.height
  );
}

export interface LabelRequest {
  readonly id: string;
  /** The point that it names. */
  readonly x: number;
  readonly y: number;
  /** What is written, the first that fits. */
  readonly texts: readonly string[];
  /** Width of a character, about half of its height. */
  readonly charWidth: number;
  /** Written even where it has to lie on something. */
  readonly isNeeded: boolean;
}

export interface PlacedLabel {
  readonly id: string;
  readonly text: string;
  readonly anchor: "start" | "middle" | "end";
  /** Of the anchor. */
  readonly x: number;
  /** Of the baseline. */
  readonly y: number;
}

const POINT_RADIUS = 5;
const GAP = 3;

interface Place {
  readonly text: string;
  readonly anchor: PlacedLabel["anchor"];
  readonly box: Box;
}

const ANCHOR_SHARE = { start: 0, middle: 0.5, end: 1 } as const;

/** Right, left, above and below a point, in that order, and then the corners. */
function placesFor({ x, y, charWidth }: LabelRequest, text: string): readonly Place[] {
  const [width, height] = [text.length * charWidth, 1.8 * charWidth];
  const away = POINT_RADIUS + GAP;
  const at = (anchor: PlacedLabel["anchor"], right: number, down: number): Place => ({
    text,
    anchor,
    box: {
      left: x + right - ANCHOR_SHARE[anchor] * width,
      top: y + down - height / 2,
      width,
      height,
    },
  });
  const up = away + height / 2;
  return [
    at("start", away, 0),
    at("end", -away, 0),
    at("middle", 0, -up),
    at("middle", 0, up),
    at("start", away, -away),
    at("start", away, away),
    at("end", -away, -away),
    at("end", -away, away),
  ];
}

function isWithin(frame: Box, box: Box): boolean {
  return (
    box.left >= frame.left &&
    box.left + box.width <= frame.left + frame.width &&
    box.top >= frame.top &&
    box.top + box.height <= frame.top + frame.height
  );
}

/** The first free place within the frame; for a label that is needed, else the one that lies on the least. */
function findPlace(request: LabelRequest, taken: readonly Box[], frame: Box): Place | undefined {
  const [best] = request.texts
    .flatMap((text) => placesFor(request, text))
    .filter(({ box }) => isWithin(frame, box))
    .map((place) => ({
      place,
      numUnder: taken.filter((other) => overlap(place.box, other)).length,
    }))
    .toSorted((one, other) => one.numUnder - other.numUnder);
  return best === undefined || (best.numUnder > 0 && !request.isNeeded) ? undefined : best.place;
}

/** Labels that lie on no spot and on no other label, within the frame; the first asked for are the first served. */
export function placeLabels(
  requests: readonly LabelRequest[],
  spots: readonly Spot[],
  frame: Box,
): readonly PlacedLabel[] {
  const taken: Box[] = spots.map(({ x, y }) => ({
    left: x - POINT_RADIUS,
    top: y - POINT_RADIUS,
    width: 2 * POINT_RADIUS,
    height: 2 * POINT_RADIUS,
  }));
  return requests.flatMap((request): PlacedLabel[] => {
    const place = findPlace(request, taken, frame);
    if (place === undefined) return [];
    const { text, anchor, box } = place;
    taken.push(box);
    const x = box.left + ANCHOR_SHARE[anchor] * box.width;
    return [{ id: request.id, text, anchor, x, y: box.top + 0.82 * box.height }];
  });
}

/** As far as a pointer may be from what it points at. */
const REACH = 28;

/** The machine whose point is nearest to a spot in the scatter. */
export function findPointAt(
  plot: Plot,
  members: readonly ClassMember[],
  spot: Spot,
): string | undefined {
  return nearest(
    placeMembers(plot, members).map(({ member, x, y }) => ({
      id: member.id,
      distance: Math.hypot(x - spot.x, y - spot.y),
    })),
  );
}

/** The machine whose ladder passes nearest above or below a spot. */
export function findLadderAt(
  plot: Plot,
  members: readonly ClassMember[],
  spot: Spot,
): string | undefined {
  return nearest(
    members.flatMap(({ id, scene }) => {
      const y = heightAt(
        scene.roofs.rungs.map(({ footprintBytes, rate }) => ({
          x: plot.toX(footprintBytes),
          y: plot.toY(rate.median),
        })),
        spot.x,
      );
      return y === undefined ? [] : [{ id, distance: Math.abs(y - spot.y) }];
    }),
  );
}

function nearest(
  found: readonly { readonly id: string; readonly distance: number }[],
): string | undefined {
  const [best] = found
    .filter(({ distance }) => distance <= REACH)
    .toSorted((one, other) => one.distance - other.distance);
  return best?.id;
}

/** Height of a line through points, from left to right, where it crosses `x`; undefined beyond its ends. */
function heightAt(points: readonly Spot[], x: number): number | undefined {
  const after = points.findIndex((point) => point.x >= x);
  const [right, left] = [points[after], points[after - 1]];
  if (right === undefined) return undefined;
  if (left === undefined) return right.x - x <= REACH ? right.y : undefined;
  return left.y + ((right.y - left.y) * (x - left.x)) / (right.x - left.x);
}
