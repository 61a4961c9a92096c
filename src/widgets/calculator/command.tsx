// The line that starts the server.
import type { ReactNode } from "react";
import { Button } from "../../ui/controls.tsx";
import { copyText } from "./exports.tsx";
import type { Running } from "./scene.ts";

export interface CommandProps {
  readonly running: Running;
  readonly announce: (sentence: string) => void;
}

export function Command({ running, announce }: CommandProps): ReactNode {
  const { command, commandNotes } = running;
  return (
    <>
      <h4>The line to run it</h4>
      <div className="calculator-command">
        <pre>{command}</pre>
        <Button onPress={() => copyText(command, "Command", announce)}>Copy</Button>
      </div>
      {commandNotes.map((note) => (
        <p key={note} className="calculator-note">
          {note}
        </p>
      ))}
    </>
  );
}
