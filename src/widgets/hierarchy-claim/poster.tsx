// What stands in the card before it is worked out: the two figures, not their ratio.
import type { ReactNode } from "react";
import { Stats } from "../../ui/parts.tsx";
import { getGpu, RUNS_ON, writeInputs } from "./scene.ts";

export function Poster(): ReactNode {
  return (
    <>
      <Stats stats={writeInputs(getGpu())} />
      <p className="hierarchy-claim-note">{RUNS_ON}</p>
    </>
  );
}
