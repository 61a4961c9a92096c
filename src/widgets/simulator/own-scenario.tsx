// A scenario file in place of the fields, or a trace in place of the requests: by paste, by file, by drop.
import { useId, useState, type DragEvent, type ReactNode } from "react";
import { Button } from "../../ui/controls.tsx";

export interface OwnScenarioProps {
  readonly text: string;
  /** What the reader of scenarios says of the text; shown under it. */
  readonly note: string;
  readonly onChange: (text: string) => void;
}

/** More than a scenario or a trace may have: it is refused before it is read. */
const MAX_FILE_BYTES = 5_000_000;

export function OwnScenario({ text, note, onChange }: OwnScenarioProps): ReactNode {
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const [isOver, setIsOver] = useState(false);
  const [fault, setFault] = useState("");
  const takeFile = (file: File | undefined) => {
    if (file === undefined) return;
    setFault("");
    if (file.size > MAX_FILE_BYTES) {
      setFault(`${file.name} is too large: it has ${file.size} bytes.`);
      return;
    }
    file.text().then(onChange, () => setFault(`${file.name} could not be read.`));
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    takeFile(event.dataTransfer.files[0]);
  };
  return (
    // Closed until it is used: most readers take the fields. Emptying the text does not close it.
    <details
      className="simulator-own"
      open={isOpen || text !== ""}
      onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}
    >
      <summary>A scenario or a trace of your own</summary>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- a second way to do what the file button does */}
      <div
        className={isOver ? "simulator-drop simulator-drop-over" : "simulator-drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={onDrop}
      >
        <label htmlFor={id}>
          Scenario as JSON, or a trace as JSON or CSV (arrival, prompt tokens, output tokens): paste
          it, or drop its file here
        </label>
        <textarea
          id={id}
          value={text}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            setFault("");
            onChange(event.currentTarget.value);
          }}
        />
        <input
          type="file"
          accept=".json,.csv,application/json,text/csv"
          aria-label="Scenario or trace from a file"
          onChange={(event) => takeFile(event.currentTarget.files?.[0])}
        />
        {text !== "" && <Button onPress={() => onChange("")}>Back to the fields</Button>}
        <output className="simulator-note">{fault === "" ? note : fault}</output>
      </div>
    </details>
  );
}
