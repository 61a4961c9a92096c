// What the reader presses: a tour, a step back or forward, an operation.
import { useState, type ReactNode } from "react";
import {
  Button,
  ControlRow,
  NumberControl,
  SegmentedControl,
  SelectControl,
} from "../../ui/controls.tsx";
import { addOperation, MAX_OPERATIONS, MAX_PROMPT, moveTo, type Operation } from "./program.ts";
import type { BlockTableScene } from "./scene.ts";
import { TOURS } from "./tours.ts";

const FREE_PLAY = "free-play";
const TOUR_OPTIONS = [
  ...TOURS.map(({ id, label }) => ({ value: id, label })),
  { value: FREE_PLAY, label: "Free play" },
];

export interface ControlsProps {
  readonly scene: BlockTableScene;
  /** Undefined: the start of free play. Absent on the poster, as the other. */
  readonly onTour?: (id: string | undefined) => void;
  readonly onProgram?: (
    program: Pick<BlockTableScene["program"], "operations" | "numDone">,
  ) => void;
}

export function StepControls({ scene, onTour, onProgram }: ControlsProps): ReactNode {
  const { program, tour } = scene;
  const { operations, numDone } = program;
  const isLive = onProgram !== undefined;
  const go = (step: number) => () => onProgram?.(moveTo(program, step));
  return (
    <>
      <div className="block-table-tour">
        <SelectControl
          label="Tour"
          options={TOUR_OPTIONS}
          value={tour?.id ?? FREE_PLAY}
          disabled={!isLive}
          onChange={(id) => onTour?.(id === FREE_PLAY ? undefined : id)}
        />
      </div>
      <div className="block-table-buttons">
        <Button disabled={!isLive || numDone === 0} onPress={go(0)}>
          To the start
        </Button>
        <Button disabled={!isLive || numDone === 0} onPress={go(numDone - 1)}>
          Step back
        </Button>
        <Button
          kind="primary"
          disabled={!isLive || numDone >= operations.length}
          onPress={go(numDone + 1)}
        >
          Step forward
        </Button>
        <output className="number block-table-count">
          {numDone} of {operations.length}
        </output>
      </div>
    </>
  );
}

const FIRST_PROMPT = 6;

export function OperationControls({ scene, onProgram }: ControlsProps): ReactNode {
  const { machineId, program, snapshot } = scene;
  const [numTokens, setNumTokens] = useState(FIRST_PROMPT);
  const [chosen, setChosen] = useState("A");
  const names = snapshot.sequences.map(({ name }) => name);
  const name = names.includes(chosen) ? chosen : names[0];
  const isFull = program.numDone >= MAX_OPERATIONS;
  const isOff = isFull || onProgram === undefined;
  const press = (operation: Operation) => () => onProgram?.(addOperation(program, operation));
  const pressOn = (kind: "append" | "fork" | "end") => () => {
    if (name !== undefined) onProgram?.(addOperation(program, { kind, name }));
  };
  return (
    <fieldset className="block-table-operations">
      <legend>Your own operations</legend>
      <ControlRow>
        <NumberControl
          label="Prompt of the next request"
          unit="tokens"
          min={1}
          max={MAX_PROMPT}
          step={1}
          value={numTokens}
          disabled={isOff}
          onChange={setNumTokens}
        />
        <div className="block-table-buttons">
          <Button disabled={isOff} onPress={press({ kind: "admit", numTokens, start: "own" })}>
            Admit
          </Button>
          <Button disabled={isOff} onPress={press({ kind: "admit", numTokens, start: "common" })}>
            Admit, common start
          </Button>
        </div>
      </ControlRow>
      {name !== undefined && (
        <ControlRow>
          <SegmentedControl
            label="Sequence"
            options={names.map((value) => ({ value, label: value }))}
            value={name}
            disabled={isOff}
            onChange={setChosen}
          />
          <div className="block-table-buttons">
            <Button disabled={isOff} onPress={pressOn("append")}>
              Append a token to {name}
            </Button>
            <Button disabled={isOff || machineId === "v1"} onPress={pressOn("fork")}>
              Fork {name}
            </Button>
            <Button disabled={isOff} onPress={pressOn("end")}>
              End {name}
            </Button>
          </div>
        </ControlRow>
      )}
      {isFull && (
        <p className="block-table-simulated">
          {MAX_OPERATIONS} operations are kept: step back, or begin free play again.
        </p>
      )}
    </fieldset>
  );
}
