// Native form controls with a visible label, value and unit. Values in, events out; no state of their own.
import { useId, type ReactNode } from "react";
import { formatWithUnit } from "./format.ts";

export interface NumberControlProps {
  readonly label: string;
  readonly unit?: string | undefined;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly disabled?: boolean | undefined;
  /** How the value is written beside the label; default: grouped, with the unit. */
  readonly format?: ((value: number) => string) | undefined;
  readonly onChange: (value: number) => void;
}

/** A slider. */
export function NumberControl(props: NumberControlProps): ReactNode {
  const { label, unit, min, max, step, value, disabled = false, onChange } = props;
  const id = useId();
  const text = props.format ? props.format(value) : formatWithUnit(value, unit);
  return (
    <div className="control">
      <div className="control-label">
        <label htmlFor={id}>{label}</label>
        {/* For the eye: a screen reader hears it from the slider. */}
        <span className="control-value" aria-hidden="true">
          {text}
        </span>
      </div>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        disabled={disabled}
        aria-valuetext={text}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

export interface ChoiceControlProps {
  readonly label: string;
  readonly options: readonly Option[];
  readonly value: string;
  readonly disabled?: boolean | undefined;
  readonly onChange: (value: string) => void;
}

/** Up to this many options are shown side by side; more become a menu. */
const MAX_SEGMENTS = 4;

/** One of several: side by side where they are few, a menu where they are many. */
export function ChoiceControl(props: ChoiceControlProps): ReactNode {
  return props.options.length <= MAX_SEGMENTS ? (
    <SegmentedControl {...props} />
  ) : (
    <SelectControl {...props} />
  );
}

/** One of several as a menu. */
export function SelectControl(props: ChoiceControlProps): ReactNode {
  const { label, options, value, disabled = false, onChange } = props;
  const id = useId();
  return (
    <div className="control">
      <div className="control-label">
        <label htmlFor={id}>{label}</label>
      </div>
      <select
        id={id}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** One of several, all visible: a row of radio buttons. */
export function SegmentedControl(props: ChoiceControlProps): ReactNode {
  const { label, options, value, disabled = false, onChange } = props;
  const name = useId();
  return (
    <fieldset className="control control-segmented" disabled={disabled}>
      <legend>{label}</legend>
      <div className="segments">
        {options.map((option) => (
          <label key={option.value} className="segment">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export interface ToggleControlProps {
  readonly label: string;
  readonly value: boolean;
  readonly disabled?: boolean | undefined;
  readonly onChange: (value: boolean) => void;
}

/** On or off. */
export function ToggleControl(props: ToggleControlProps): ReactNode {
  const { label, value, disabled = false, onChange } = props;
  return (
    <label className="control control-toggle">
      <input
        type="checkbox"
        checked={value}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}

export interface TextControlProps {
  readonly label: string;
  readonly maxLength: number;
  readonly value: string;
  readonly disabled?: boolean | undefined;
  /** Why the value cannot be taken, as a sentence. */
  readonly problem?: string | undefined;
  readonly onChange: (value: string) => void;
}

/** A line of text. */
export function TextControl(props: TextControlProps): ReactNode {
  const { label, maxLength, value, disabled = false, problem, onChange } = props;
  const id = useId();
  const problemId = useId();
  return (
    <div className="control control-wide">
      <div className="control-label">
        <label htmlFor={id}>{label}</label>
      </div>
      <input
        id={id}
        type="text"
        maxLength={maxLength}
        value={value}
        disabled={disabled}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={problem === undefined ? undefined : true}
        aria-describedby={problem === undefined ? undefined : problemId}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {problem !== undefined && (
        <p id={problemId} className="control-problem">
          {problem}
        </p>
      )}
    </div>
  );
}

export interface ButtonProps {
  readonly children: ReactNode;
  readonly kind?: "primary" | "plain" | "quiet" | undefined;
  readonly disabled?: boolean | undefined;
  /** The one of several that is chosen. */
  readonly isCurrent?: boolean | undefined;
  /** Where the text alone does not say what it does; must begin with the text. */
  readonly label?: string | undefined;
  readonly onPress: () => void;
}

/** A button: `primary` once a figure (Run), `quiet` for tools, else plain. */
export function Button({
  children,
  kind = "plain",
  disabled = false,
  isCurrent,
  label,
  onPress,
}: ButtonProps): ReactNode {
  const className = kind === "plain" ? "button" : `button button-${kind}`;
  return (
    <button
      type="button"
      className={className}
      disabled={disabled}
      aria-current={isCurrent}
      aria-label={label}
      onClick={onPress}
    >
      {children}
    </button>
  );
}

/** Lays controls out in a row that wraps. */
export function ControlRow({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className="controls">{children}</div>;
}
