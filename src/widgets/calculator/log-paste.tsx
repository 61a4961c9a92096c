// A pasted start-up log: what each line means, and what of it was put into the form.
import { useId, useState, type ReactNode } from "react";
import { parseVllmLog, type LogLine, type LogReport } from "../../core/serving/vllm-log.ts";
import { Button } from "../../ui/controls.tsx";
import { fieldsHeld, fillFromLog, takeBack, type Filling } from "./log-fill.ts";
import type { CalculatorValues } from "./parameters.ts";

interface Read {
  readonly report: LogReport;
  readonly filling: Filling;
  /** The form without the log. */
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
  const withoutLog = () =>
    read === undefined ? values : takeBack(values, read.before, read.filling.change);
  const take = (next: string) => {
    setText(next);
    // An empty box asks for nothing: the form stays, and can still be undone.
    if (next.trim() === "") return;
    const before = withoutLog();
    const report = parseVllmLog(next);
    const filling = fillFromLog(report, before);
    setRead({ report, filling, before });
    setValues({ ...before, ...filling.change });
  };
  const undo = () => {
    setValues(withoutLog());
    setText("");
    setRead(undefined);
    announce("What the log filled in is as it was before.");
  };
  const isExplained = read !== undefined && text.trim() !== "";
  const isHeld = read !== undefined && fieldsHeld(values, read.filling.change).length > 0;
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
      {isExplained && (
        <>
          <output>
            {isHeld && read.filling.filled.length > 0 && (
              <span className="calculator-note">Filled in: {read.filling.filled.join(", ")}.</span>
            )}
            {read.filling.notes.map((note) => (
              <span key={note} className="calculator-note">
                {note}
              </span>
            ))}
          </output>
          {read.report.found.length > 0 && <Lines found={read.report.found} />}
        </>
      )}
      {isHeld && <Button onPress={undo}>Undo</Button>}
    </details>
  );
}
