// The result as a file, or on the clipboard.
import type { ReactNode } from "react";
import { saveText } from "../../figure/export.ts";
import { Button } from "../../ui/controls.tsx";

export interface ExportFormat {
  readonly name: string;
  readonly extension: string;
  readonly type: string;
  /** Made when it is asked for. */
  readonly make: () => string;
}

export interface ExportsProps {
  readonly formats: readonly ExportFormat[];
  readonly announce: (sentence: string) => void;
}

/** Puts a text on the clipboard and says so. */
export function copyText(text: string, what: string, announce: (sentence: string) => void): void {
  navigator.clipboard.writeText(text).then(
    () => announce(`${what} copied.`),
    () => announce("The browser did not allow copying."),
  );
}

export function Exports({ formats, announce }: ExportsProps): ReactNode {
  return (
    <div className="calculator-files">
      {formats.map(({ name, extension, type, make }) => (
        <Button
          key={name}
          kind="quiet"
          onPress={() => saveText(make(), `calculator.${extension}`, type)}
        >
          Save as {name}
        </Button>
      ))}
      {formats.map(({ name, make }) => (
        <Button key={name} kind="quiet" onPress={() => copyText(make(), name, announce)}>
          Copy as {name}
        </Button>
      ))}
    </div>
  );
}
