// The live figure: a press on a pair lights both sides.
import { useMemo, type ReactNode } from "react";
import type { ViewProps } from "../../figure/widget.ts";
import { Drawing } from "./drawing.tsx";
import type { parameters } from "./parameters.ts";
import { createScene } from "./scene.ts";

export default function View({ values, setValues }: ViewProps<typeof parameters>): ReactNode {
  const scene = useMemo(() => createScene(values), [values]);
  return <Drawing scene={scene} onChoose={(concept) => setValues({ concept })} />;
}
