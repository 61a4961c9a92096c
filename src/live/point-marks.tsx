// How points that were not measured here are drawn: modelled ones as hollow diamonds, published measurements as hollow
// squares and triangles in another colour, those of attention crossed. The same marks stand in the words under a roofline.
import type { ReactNode } from "react";
import { round } from "../ui/marker.tsx";
import type { PublishedPoint } from "./scene.ts";

export type PointKind = "modelled" | "attention" | PublishedPoint["gpu"];

/** From the middle of a point: a diamond, a square with a cross in it, a square, and a triangle on its base. */
const SHAPES: Readonly<Record<PointKind, string>> = {
  modelled: "m0 -4.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z",
  attention: "m-4 -4h8v8h-8zl8 8m0 -8l-8 8",
  a100: "m-3.5 -3.5h7v7h-7z",
  h100: "m0 -5l4.5 8h-9z",
};

/** @param x - of its middle, in CSS pixels, as `y`. */
export function PointMark({
  kind,
  x,
  y,
}: {
  readonly kind: PointKind;
  readonly x: number;
  readonly y: number;
}): ReactNode {
  return (
    <path
      className={kind === "modelled" ? "live-modelled" : "live-published-point"}
      d={`M${round(x)} ${round(y)}${SHAPES[kind]}`}
    />
  );
}

/** The mark by itself, before the words that say what it is. */
export function KeyMark({ kind }: { readonly kind: PointKind }): ReactNode {
  return (
    <svg className="live-key-mark" viewBox="-6 -6 12 12" aria-hidden="true">
      <PointMark kind={kind} x={0} y={0} />
    </svg>
  );
}
