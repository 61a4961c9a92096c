// Small parts around a drawing: progress, a modal question, key figures, a data table.
import { useEffect, useRef, type ReactNode } from "react";
import { OpenNumber, type OpenedNumber } from "./opened.tsx";

export interface ProgressProps {
  readonly label: string;
  /** In [0, 1]; undefined where it cannot be known. */
  readonly fraction: number | undefined;
  /** Shown at the end of the line, for example "12 of 40 pairs". */
  readonly detail?: string | undefined;
}

export function Progress({ label, fraction, detail }: ProgressProps): ReactNode {
  return (
    <label className="progress">
      <span className="progress-label">
        <span>{label}</span>
        {detail !== undefined && <span className="number">{detail}</span>}
      </span>
      {fraction === undefined ? <progress /> : <progress max={1} value={fraction} />}
    </label>
  );
}

export interface DialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Buttons, the safe one first. */
  readonly actions: ReactNode;
  /** Escape, or a press outside. */
  readonly onClose: () => void;
}

/** A modal dialog, open as long as it is rendered. */
export function Dialog({ title, children, actions, onClose }: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-label={title} onCancel={onClose}>
      <h2>{title}</h2>
      {children}
      <div className="dialog-actions">{actions}</div>
    </dialog>
  );
}

/** What is wider or longer than its place scrolls in it, by keyboard too. A group: no landmark for each of many. */
export function ScrollBox({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/prefer-tag-over-role -- a box that scrolls must take the keyboard
    <div className="scrolls" role="group" tabIndex={0} aria-label={label}>
      {children}
    </div>
  );
}

export interface Stat {
  readonly label: string;
  /** Already formatted, unit included. */
  readonly value: string;
  readonly detail?: string | undefined;
  /** Makes the value a button that unfolds how it was computed. */
  readonly opened?: OpenedNumber | undefined;
}

/** Key figures side by side. */
export function Stats({ stats }: { readonly stats: readonly Stat[] }): ReactNode {
  return (
    <dl className="stats">
      {stats.map(({ label, value, detail, opened }) => (
        <div key={label} className="stat">
          <dt>{label}</dt>
          <dd>
            {opened === undefined ? value : <OpenNumber value={opened} />}
            {detail !== undefined && <small>{detail}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export interface VerdictProps {
  /** Colours the box; leave out where nothing was decided. */
  readonly bound?: "memory-bound" | "compute-bound" | "overhead-bound" | undefined;
  /** The verdict in words, such as "too close to call on this device". */
  readonly sentence: string;
  /** Interval, prediction beside it, device, how the time was taken. */
  readonly details?: readonly string[] | undefined;
  readonly children?: ReactNode;
}

/** What an experiment found. */
export function Verdict({ bound, sentence, details = [], children }: VerdictProps): ReactNode {
  return (
    <div
      className={bound === undefined ? "verdict" : `verdict verdict-${bound}`}
      // Takes the keyboard when the button that brought it is gone: see src/figure/watch-focus.ts.
      tabIndex={-1}
      data-outcome=""
    >
      <p className="verdict-sentence">{sentence}</p>
      {details.map((detail) => (
        <p key={detail} className="verdict-detail">
          {detail}
        </p>
      ))}
      {children}
    </div>
  );
}
