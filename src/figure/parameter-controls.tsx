// The controls that a widget's parameters ask for.
import { memo, type ReactNode } from "react";
import {
  ChoiceControl,
  ControlRow,
  NumberControl,
  TextControl,
  ToggleControl,
} from "../ui/controls.tsx";
import type { ParameterValue, ParameterValues } from "./codec.ts";
import type { Parameter, Parameters } from "./widget.ts";

interface OneProps {
  readonly name: string;
  readonly parameter: Parameter;
  readonly value: ParameterValue | undefined;
  readonly onChange: (change: ParameterValues) => void;
}

/** Drawn again only with another value of its own: moving one slider leaves the other controls alone. */
const ParameterControl = memo(function ParameterControl(props: OneProps): ReactNode {
  const { name, parameter, value } = props;
  const onChange = (next: ParameterValue) => props.onChange({ [name]: next });
  switch (parameter.kind) {
    case "number":
      return <NumberControl {...parameter} value={Number(value)} onChange={onChange} />;
    case "choice":
      return <ChoiceControl {...parameter} value={String(value)} onChange={onChange} />;
    case "toggle":
      return <ToggleControl {...parameter} value={value === true} onChange={onChange} />;
    default: {
      const { label, maxLength, refuse } = parameter;
      const text = String(value);
      const entry = { label, maxLength, value: text, problem: refuse?.(text) };
      return <TextControl {...entry} onChange={onChange} />;
    }
  }
});

export interface ParameterControlsProps {
  readonly parameters: Parameters;
  readonly values: ParameterValues;
  /** The same function from one drawing to the next, so that controls can be kept. */
  readonly onChange: (change: ParameterValues) => void;
}

/** Whether the control has a meaning at these values; a parameter that is not shown keeps its value. */
function isShown({ shownWhen }: Parameter, values: ParameterValues): boolean {
  if (shownWhen === undefined) return true;
  const value = values[shownWhen.parameter];
  return typeof value !== "number" && value !== undefined && shownWhen.is.includes(value);
}

type Entry = readonly [name: string, parameter: Parameter];

/** In the order of the first control of each group. */
function groupEntries(entries: readonly Entry[]): ReadonlyMap<string | undefined, Entry[]> {
  const groups = new Map<string | undefined, Entry[]>();
  for (const entry of entries) {
    const { group } = entry[1];
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return groups;
}

/** One row of controls, or a box for each group of them. */
export function ParameterControls({
  parameters,
  values,
  onChange,
}: ParameterControlsProps): ReactNode {
  const shown = Object.entries(parameters).filter(([, parameter]) => isShown(parameter, values));
  const row = (entries: readonly Entry[]) => (
    <ControlRow>
      {entries.map(([name, parameter]) => (
        <div key={name} data-parameter={name} className="parameter">
          <ParameterControl
            name={name}
            parameter={parameter}
            value={values[name]}
            onChange={onChange}
          />
        </div>
      ))}
    </ControlRow>
  );
  if (shown.length === 0) return null;
  if (shown.every(([, { group }]) => group === undefined)) return row(shown);
  return (
    <div className="control-groups">
      {[...groupEntries(shown)].map(([group, entries]) =>
        group === undefined ? (
          <div key="" className="control-group">
            {row(entries)}
          </div>
        ) : (
          <fieldset key={group} className="control-group">
            <legend>{group}</legend>
            {row(entries)}
          </fieldset>
        ),
      )}
    </div>
  );
}
