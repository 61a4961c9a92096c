// The line that starts the server.
import type { ReactNode } from "react";
import { Button } from "../../ui/controls.tsx";
import { copyText } from "./exports.tsx";
import { Section } from "./section.tsx";

export interface CommandProps {
  readonly command: string;
  readonly notes: readonly string[];
  readonly announce: (sentence: string) => void;
}

export function Command({ command, notes, announce }: CommandProps): ReactNode {
  return (
    <Section title="The line to run it">
      <div className="calculator-command">
        <pre>{command}</pre>
        <Button onPress={() => copyText(command, "Command", announce)}>Copy</Button>
      </div>
      {notes.map((note) => (
        <p key={note} className="calculator-note">
          {note}
        </p>
      ))}
    </Section>
  );
}
