// A computed number that opens: what it is, its formula, the values put in, and where they come from.
import { useId, useState, useSyncExternalStore, type ReactNode } from "react";

export interface OpenedNumber {
  /** As it stands in the figure, unit included. */
  readonly text: string;
  /** Heading of what unfolds: "Ridge point of the A100". */
  readonly title: string;
  /** Plain text, such as "peak / bandwidth". */
  readonly formula: string;
  readonly inputs: readonly {
    readonly symbol: string;
    readonly meaning: string;
    /** Formatted, unit included. */
    readonly value: string;
  }[];
  /** The formula with the values put in, down to the result. */
  readonly substitution: string;
  readonly note?: string | undefined;
  readonly sources?: readonly { readonly label: string; readonly url: string }[] | undefined;
}

const neverChanges = () => () => undefined;
const isInBrowser = () => true;
const isAtBuild = () => false;

/**
 * Opens by press or keyboard, without a script: the platform's popover. Once live, what unfolds is drawn only while it
 * is open: a figure may hold dozens of these, and all of them would follow every move of a slider.
 */
export function OpenNumber({ value }: { readonly value: OpenedNumber }): ReactNode {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const isLive = useSyncExternalStore(neverChanges, isInBrowser, isAtBuild);
  return (
    <>
      <button
        type="button"
        className="opens number"
        popoverTarget={id}
        aria-label={`${value.text}, ${value.title}`}
      >
        {value.text}
      </button>
      <dialog
        id={id}
        popover="auto"
        aria-label={value.title}
        className="opened-number"
        onBeforeToggle={(event) => setOpen(event.newState === "open")}
      >
        {(isOpen || !isLive) && <Opened value={value} />}
      </dialog>
    </>
  );
}

function Opened({ value }: { readonly value: OpenedNumber }): ReactNode {
  return (
    <>
      <h2>{value.title}</h2>
      <p className="opened-formula">{value.formula}</p>
      <table className="substitution">
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Symbol</th>
            <th scope="col">Meaning</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {value.inputs.map(({ symbol, meaning, value: text }) => (
            <tr key={symbol}>
              <td>{symbol}</td>
              <th scope="row">{meaning}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="substitution-result">{value.substitution}</p>
      {value.note !== undefined && <p className="source-note">{value.note}</p>}
      {(value.sources ?? []).map(({ label, url }) => (
        <p key={url} className="source-note">
          Source: <a href={url}>{label}</a>
        </p>
      ))}
    </>
  );
}
