// The live figure: the picture follows the controls.
import { useEffect, type ReactNode } from "react";
import type { ViewProps } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import type { parameters } from "./parameters.ts";
import { createScene } from "./scene.ts";

export default function View({ values, setValues }: ViewProps<typeof parameters>): ReactNode {
  // The slider has a place for each proposal that there may be: it stays at the last one that there is.
  useEffect(() => {
    if (values.proposal === 1) return;
    const numProposals = createScene(values).design?.proposals.length ?? values.proposal;
    if (values.proposal > numProposals) setValues({ proposal: numProposals });
  }, [values, setValues]);
  return <Drawing values={values} onChoose={(proposal) => setValues({ proposal })} />;
}
