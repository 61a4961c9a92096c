// The line that starts the server.
import { Fragment, type ReactNode } from "react";
import { Button } from "../../ui/controls.tsx";
import { copyText } from "./exports.tsx";
import { Section } from "./section.tsx";

export interface CommandProps {
  readonly command: string;
  readonly notes: readonly string[];
  readonly announce: (sentence: string) => void;
}

/** A flag and its value stay on one line wherever there is room for them. */
function Words({ command }: Pick<CommandProps, "command">): ReactNode {
  return command.split(/ (?=--)/).map((words, i) => (
    <Fragment key={words.split(" ", 1)[0]}>
      {i > 0 && " "}
      <span>{words}</span>
    </Fragment>
  ));
}

export function Command({ command, notes, announce }: CommandProps): ReactNode {
  return (
    <Section title="The line to run it">
      <div className="calculator-command">
        <pre>
          <Words command={command} />
        </pre>
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
