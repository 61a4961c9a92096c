// Horizontal bars on one common scale from zero.
import type { ReactNode } from "react";
import { round, seriesClass } from "./marker.tsx";

export interface Bar {
  readonly id: string;
  readonly label: ReactNode;
  readonly value: number;
  /** As written at the end of the bar, unit included. */
  readonly text: string;
  /** Ends of the interval, drawn as a whisker. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** A colour token without its dashes, such as "memory-bound"; default: the palette's first. */
  readonly colour?: string | undefined;
}

export interface BarsProps {
  readonly bars: readonly Bar[];
  /** One sentence that says what the picture shows. */
  readonly description: string;
  /** Value of a full-length bar; default: the largest. */
  readonly max?: number | undefined;
}

export function Bars({ bars, description, max }: BarsProps): ReactNode {
  const full = max ?? Math.max(...bars.map(({ value, high }) => high ?? value), 0);
  const share = (value: number) => (full > 0 ? Math.min(100, round((100 * value) / full)) : 0);
  return (
    <figure className={`bars ${seriesClass(0)}`} aria-label={description}>
      {bars.map(({ id, label, value, text, low, high, colour }) => (
        <div key={id} className="bars-row">
          <span>{label}</span>
          <svg viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
            <rect
              width={share(value)}
              height="16"
              fill={colour === undefined ? "var(--series)" : `var(--${colour})`}
            />
            {low !== undefined && high !== undefined && (
              <path
                d={`M${share(low)} 8H${share(high)}`}
                stroke="var(--ink)"
                strokeWidth="2"
                vectorEffect="non-scaling-stroke"
              />
            )}
          </svg>
          <span className="bars-value">{text}</span>
        </div>
      ))}
    </figure>
  );
}
