// A drawing in plain SVG at the width of its box, one unit a pixel. Before scripts run it is drawn twice, for a phone
// and for a desktop, and CSS shows the one that fits.
import { useId, type PointerEvent, type ReactNode } from "react";
import { useWidth } from "./width.ts";

/** What is drawn into a given width. */
export interface DrawnPicture {
  readonly height: number;
  readonly content: ReactNode;
}

export interface PictureProps {
  /** One sentence that says what the picture shows. */
  readonly description: string;
  /** @param id - unique on the page, for the names of patterns. */
  readonly draw: (width: number, id: string) => DrawnPicture;
  /** A press or drag at this many pixels from the left; whatever it sets must have a control of its own. */
  readonly onPick?: ((pixel: number, width: number) => void) | undefined;
}

const WIDE = 860;
const NARROW = 330;

interface SheetProps extends Omit<PictureProps, "onPick"> {
  readonly width: number;
  readonly id: string;
  readonly className?: string;
}

function Sheet({ description, draw, width, id, className }: SheetProps): ReactNode {
  const { height, content } = draw(width, id);
  return (
    <svg
      className={className}
      viewBox={`0 0 ${width} ${height}`}
      // Before there is a script it is scaled to its box, which already is as high as it will be.
      style={{ height }}
      role="img"
      aria-label={description}
    >
      {content}
    </svg>
  );
}

export function Picture(props: PictureProps): ReactNode {
  const [box, width] = useWidth<HTMLDivElement>();
  const id = useId();
  const { onPick } = props;
  const pick = (event: PointerEvent<HTMLDivElement>) => {
    if (onPick === undefined || width === undefined || event.buttons !== 1) return;
    onPick(event.clientX - event.currentTarget.getBoundingClientRect().left, width);
  };
  return (
    <div
      ref={box}
      className={onPick === undefined ? "chart" : "chart chart-picks"}
      onPointerDown={pick}
      onPointerMove={pick}
    >
      {width === undefined ? (
        <>
          <Sheet {...props} width={WIDE} id={`${id}w`} className="chart-wide" />
          <Sheet {...props} width={NARROW} id={`${id}n`} className="chart-narrow" />
        </>
      ) : (
        <Sheet {...props} width={width} id={id} />
      )}
    </div>
  );
}

export interface HatchProps {
  /** Used as `fill={hatchFill(id)}`. */
  readonly id: string;
  /** A colour token without its dashes, such as "weights". */
  readonly colour: string;
}

/** Diagonal lines: what is there no more, or serves nobody. */
export function Hatch({ id, colour }: HatchProps): ReactNode {
  return (
    <pattern
      id={id}
      width="6"
      height="6"
      patternUnits="userSpaceOnUse"
      patternTransform="rotate(45)"
    >
      <rect width="6" height="6" fill="var(--paper)" />
      <rect width="2" height="6" fill={`var(--${colour})`} />
    </pattern>
  );
}

export function hatchFill(id: string): string {
  return `url(#${id})`;
}
