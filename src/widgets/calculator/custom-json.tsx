// A model or a GPU that the catalogue does not have: its JSON by paste, by file or by drop.
import { useId, useState, type DragEvent, type ReactNode } from "react";
import type { Parsed } from "./entries.ts";

export interface CustomJsonProps {
  readonly label: string;
  readonly hint: string;
  /** As it is in the address. */
  readonly value: string;
  /** The short form that the address keeps, or why the text is refused. */
  readonly shorten: (text: string) => Parsed<string>;
  readonly onChange: (short: string) => void;
}

export function CustomJson({ label, hint, value, shorten, onChange }: CustomJsonProps): ReactNode {
  const id = useId();
  const noteId = useId();
  const [text, setText] = useState(value);
  const [isOver, setIsOver] = useState(false);
  const take = (next: string) => {
    setText(next);
    const short = shorten(next);
    onChange(short.ok ? short.value : "");
  };
  const takeFile = (file: File | undefined) => {
    file?.text().then(take, () => setText("The file could not be read."));
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    takeFile(event.dataTransfer.files[0]);
  };
  const read = shorten(text);
  const isEmpty = text.trim() === "";
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- a second way to do what the file button does
    <div
      className={isOver ? "calculator-json calculator-json-over" : "calculator-json"}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={onDrop}
    >
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        value={text}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={isEmpty || read.ok ? undefined : true}
        aria-describedby={noteId}
        onChange={(event) => take(event.currentTarget.value)}
      />
      <input
        type="file"
        accept=".json,application/json"
        aria-label={`${label}, from a file`}
        onChange={(event) => takeFile(event.currentTarget.files?.[0])}
      />
      <output id={noteId} className="calculator-note">
        {isEmpty ? hint : read.ok ? "Read. The address holds it." : read.problem}
      </output>
    </div>
  );
}
