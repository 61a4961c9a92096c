// The live figure: the picture follows the sliders, and a press or drag in it sets the batch.
import type { ReactNode } from "react";
import type { ViewProps } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import type { parameters } from "./parameters.ts";

export default function View({ values, setValues }: ViewProps<typeof parameters>): ReactNode {
  return <Drawing values={values} onBatch={(batch) => setValues({ batch })} />;
}
