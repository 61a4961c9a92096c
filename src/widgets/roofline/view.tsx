// The live figure: the roof and the points follow the controls.
import type { ReactNode } from "react";
import type { ViewProps } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import type { parameters } from "./parameters.ts";

export default function View({ values }: ViewProps<typeof parameters>): ReactNode {
  return <Drawing values={values} />;
}
