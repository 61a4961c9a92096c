// The live calculator.
import type { ReactNode } from "react";
import type { ViewProps } from "../../figure/widget.ts";
import { Calculator } from "./calculator.tsx";
import type { parameters } from "./parameters.ts";

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, setValues, announce } = props;
  return <Calculator values={values} setValues={setValues} announce={announce} />;
}
