// The line that starts the server.
import type { ReactNode } from "react";
import { Button } from "../../ui/controls.tsx";
import { copyText } from "./exports.tsx";
import { Section } from "./section.tsx";
import type { Running } from "./scene.ts";

export interface CommandProps {
  readonly running: Running;
  readonly announce: (sentence: string) => void;
}

export function Command({ running, announce }: CommandProps): ReactNode {
  const { command, commandNotes } = running;
  return (
    <Section title="The line to run it">
      <div className="calculator-command">
        <pre>{command}</pre>
        <Button onPress={() => copyText(command, "Command", announce)}>Copy</Button>
      </div>
      {commandNotes.map((note) => (
        <p key={note} className="calculator-note">
          {note}
        </p>
      ))}
    </Section>
  );
}
