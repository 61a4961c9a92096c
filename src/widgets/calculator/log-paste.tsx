// A pasted start-up log: what each line means, and what of it was put into the form.
import { useId, useState, type ReactNode } from "react";
import { parseVllmLog, type LogLine, type LogReport } from "../../core/serving/vllm-log.ts";
import { Button } from "../../ui/controls.tsx";
import { fillFromLog, type Filling } from "./log-fill.ts";
import type { CalculatorValues } from "./parameters.ts";

interface Read {
  readonly text: string;
  readonly report: LogReport;
  readonly filling: Filling;
  /** The form before the first paste. */
  readonly before: CalculatorValues;
}

export interface LogPasteProps {
  readonly values: CalculatorValues;
  readonly setValues: (change: Partial<CalculatorValues>) => void;
  readonly announce: (sentence: string) => void;
}

function Lines({ found }: { readonly found: readonly LogLine[] }): ReactNode {
  return (
    <ol className="calculator-lines">
      {found.map(({ lineNumber, kind, text, explanation }) => (
        <li key={`${lineNumber} ${kind} ${text}`}>
          <code>{text}</code>
          {explanation}
        </li>
      ))}
    </ol>
  );
}

export function LogPaste({ values, setValues, announce }: LogPasteProps): ReactNode {
  const id = useId();
  const [text, setText] = useState("");
  const [read, setRead] = useState<Read>();
  const take = (next: string) => {
    setText(next);
    if (next.trim() === "") {
      setRead(undefined);
      return;
    }
    const before = read?.before ?? values;
    const report = parseVllmLog(next);
    const filling = fillFromLog(report, before);
    setRead({ text: next, report, filling, before });
    setValues({ ...before, ...filling.change });
  };
  const undo = () => {
    if (read === undefined) return;
    setValues(read.before);
    setText("");
    setRead(undefined);
    announce("The form is as it was before the log.");
  };
  return (
    <details className="calculator-paste">
      <summary>Fill the form from a vLLM start-up log</summary>
      <label htmlFor={id}>Paste the log here. It stays on this page.</label>
      <textarea
        id={id}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => take(event.currentTarget.value)}
      />
      {read !== undefined && (
        <>
          <output>
            {read.filling.filled.length > 0 && (
              <span className="calculator-note">Filled in: {read.filling.filled.join(", ")}.</span>
            )}
            {read.filling.notes.map((note) => (
              <span key={note} className="calculator-note">
                {note}
              </span>
            ))}
          </output>
          {read.report.found.length > 0 && <Lines found={read.report.found} />}
          <Button onPress={undo}>Undo</Button>
        </>
      )}
    </details>
  );
}
