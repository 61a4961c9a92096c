// The live figure: the picture follows the sliders.
import type { ReactNode } from "react";
import type { ViewProps } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import type { parameters } from "./parameters.ts";

export default function View({ values }: ViewProps<typeof parameters>): ReactNode {
  return <Drawing values={values} />;
}
