// The live stepper: every press writes a program into the address, and the picture is that program's replay.
import { useMemo, type ReactNode } from "react";
import type { ViewProps } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import type { parameters } from "./parameters.ts";
import { writeProgram } from "./program.ts";
import { createScene } from "./scene.ts";
import { TOURS, tourText } from "./tours.ts";

export default function View({ values, setValues }: ViewProps<typeof parameters>): ReactNode {
  const scene = useMemo(() => createScene(values), [values]);
  return (
    <Drawing
      scene={scene}
      onTour={(id) => {
        const tour = TOURS.find((one) => one.id === id);
        setValues(tour ? { machine: tour.machine, ops: tourText(tour) } : { ops: "" });
      }}
      onProgram={(program) => setValues({ ops: writeProgram(program) })}
    />
  );
}
