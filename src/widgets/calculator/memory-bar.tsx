// The memory of one GPU as a bar: what it holds, where vLLM's share of it ends, and where the GPU ends.
import type { ReactNode } from "react";
import { formatBinaryBytes } from "../../ui/format.ts";
import { OpenNumber, type OpenedNumber } from "../../ui/opened.tsx";

export interface MemoryPart {
  readonly id: "weights" | "work" | "used" | "free" | "rest";
  /** Stands in the bar and in the key. */
  readonly letter: string;
  readonly label: string;
  readonly bytes: number;
  readonly opened?: OpenedNumber | undefined;
}

export interface MemoryBarProps {
  readonly parts: readonly MemoryPart[];
  /** Memory of the GPU, and the share of it that vLLM may take, in bytes. */
  readonly memory: number;
  readonly share: number;
  readonly openedShare: OpenedNumber;
  /** Bytes of the bar's whole width: the same for bars that are compared. */
  readonly full: number;
  readonly description: string;
}

/** Narrower parts, as a fraction of the bar, have no room for their letter. */
const MIN_FOR_LETTER = 0.03;

/** What overflows by less than this is the rounding of the parts. */
const ROUNDING = 1 + 1e-6;

/** A label is left of its line, unless there is no room for it. */
const markClass = (place: number) =>
  place < 0.45 ? "calculator-mark calculator-mark-right" : "calculator-mark";

export function MemoryBar(props: MemoryBarProps): ReactNode {
  const { parts, memory, share, openedShare, full, description } = props;
  const held = parts.reduce((sum, part) => sum + (part.id === "rest" ? 0 : part.bytes), 0);
  const excess = held > share * ROUNDING ? held - share : 0;
  const percent = (value: number) => `${Math.round((10_000 * value) / full) / 100}%`;
  return (
    <div className="calculator-memory">
      <figure className="calculator-bar" aria-label={description}>
        <div className={markClass(share / full)} style={{ insetInlineStart: percent(share) }}>
          <span>vLLM’s share</span>
        </div>
        <div className="calculator-parts">
          {parts.map(({ id, letter, bytes }) => (
            <div key={id} className={`calculator-part-${id}`} style={{ width: percent(bytes) }}>
              {bytes / full >= MIN_FOR_LETTER && letter}
            </div>
          ))}
          {excess > 0 && (
            <span
              className="calculator-over"
              style={{ insetInlineStart: percent(share), width: percent(excess) }}
            />
          )}
        </div>
        <div
          className={`${markClass(memory / full)} calculator-mark-end`}
          style={{ insetInlineStart: percent(memory) }}
        >
          <span>the GPU’s {formatBinaryBytes(memory)}</span>
        </div>
      </figure>
      <ul className="calculator-key">
        {parts.map(({ id, letter, label, bytes, opened }) => (
          <li key={id}>
            <span className={`calculator-swatch calculator-part-${id}`} aria-hidden="true">
              {letter}
            </span>
            <span>{label}</span>
            {opened === undefined ? (
              <span className="number">{formatBinaryBytes(bytes)}</span>
            ) : (
              <OpenNumber value={opened} />
            )}
          </li>
        ))}
        {excess > 0 && (
          <li>
            <span className="calculator-swatch calculator-swatch-over" aria-hidden="true" />
            <span>more than vLLM’s share</span>
            <span className="number">{formatBinaryBytes(excess)}</span>
          </li>
        )}
        <li>
          <span className="calculator-swatch calculator-swatch-share" aria-hidden="true" />
          <span>vLLM’s share of the memory</span>
          <OpenNumber value={openedShare} />
        </li>
      </ul>
    </div>
  );
}
