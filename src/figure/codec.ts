// Parameters as text and back: in the page's URL, in MDX attributes, in messages. Text from outside is untrusted:
// whatever comes in, only values that the widget declared come out.
import { isPrintable } from "../core/text/unprintable.ts";
import type { NumberParameter, Parameter, Parameters } from "./widget.ts";

export type ParameterValue = string | number | boolean;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** Names in the URL that belong to the page or the embed, never to a widget. */
export const RESERVED_NAMES: readonly string[] = [
  "theme",
  "motion",
  "run",
  "controls",
  "lock",
  "gpu",
  "seed",
];

export function defaultValues(parameters: Parameters): ParameterValues {
  return Object.fromEntries(Object.entries(parameters).map(([name, p]) => [name, p.default]));
}

/** Moves a number to the nearest step of its slider, without the dust of binary fractions. */
export function snapToStep(value: number, { min, max, step }: NumberParameter): number {
  const snapped = Number((min + Math.round((value - min) / step) * step).toPrecision(12));
  return Math.min(max, Math.max(min, snapped));
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;

function findNumber(parameter: NumberParameter, text: string): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  if (!(value >= parameter.min && value <= parameter.max)) return undefined;
  return snapToStep(value, parameter);
}

function findText(maxLength: number, text: string): string | undefined {
  return text.length <= maxLength && isPrintable(text) ? text : undefined;
}

const TOGGLES: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["on", true],
  ["false", false],
  ["0", false],
  ["off", false],
]);

/** The value that the text stands for, or undefined where the parameter does not allow it. */
export function findValue(parameter: Parameter, text: string): ParameterValue | undefined {
  switch (parameter.kind) {
    case "number":
      return findNumber(parameter, text);
    case "choice":
      return parameter.options.find((option) => option.value === text)?.value;
    case "toggle":
      return TOGGLES.get(text);
    default:
      return findText(parameter.maxLength, text);
  }
}

/** What the parameter allows, for a sentence. */
export function describeAllowed(parameter: Parameter): string {
  switch (parameter.kind) {
    case "number":
      return `a number from ${parameter.min} to ${parameter.max}`;
    case "choice":
      return `one of ${parameter.options.map((option) => option.value).join(", ")}`;
    case "toggle":
      return "on or off";
    default:
      return `plain text of at most ${parameter.maxLength} characters`;
  }
}

export interface Decoded {
  readonly values: ParameterValues;
  /** One sentence for each parameter that was refused. */
  readonly notices: readonly string[];
  /** Names that look meant for this figure but that it does not have. */
  readonly unknown: readonly string[];
}

export interface FigureAddress {
  /** The figure's name in the page: the prefix of its parameters. */
  readonly name: string;
  /** The only figure of its page: parameters need no prefix. */
  readonly isSolo: boolean;
}

/** The parameter's own name, or undefined where the key is not for this figure. */
function findOwnName(key: string, { name, isSolo }: FigureAddress): string | undefined {
  if (key.startsWith(`${name}.`)) return key.slice(name.length + 1);
  return isSolo && !key.includes(".") && !RESERVED_NAMES.includes(key) ? key : undefined;
}

/** Reads a figure's state from a query string; what is absent or refused keeps its value in `base`. */
export function decodeQuery(
  parameters: Parameters,
  query: string,
  address: FigureAddress,
  base: ParameterValues = defaultValues(parameters),
): Decoded {
  const values: Record<string, ParameterValue> = { ...base };
  const notices: string[] = [];
  const unknown: string[] = [];
  for (const [key, text] of new URLSearchParams(query)) {
    const own = findOwnName(key, address);
    if (own === undefined) continue;
    const parameter = Object.hasOwn(parameters, own) ? parameters[own] : undefined;
    if (parameter === undefined) {
      unknown.push(key);
      continue;
    }
    const value = findValue(parameter, text);
    if (value === undefined) {
      notices.push(
        `The address asks for a value of “${parameter.label}” that this figure does not have; it takes ${describeAllowed(parameter)}. The default is shown.`,
      );
    } else {
      values[own] = value;
    }
  }
  return { values, notices, unknown };
}

/** Writes the parameters that differ from `base` into a query string, leaving everyone else's as they are. */
export function encodeQuery(
  values: ParameterValues,
  query: string,
  address: FigureAddress,
  base: ParameterValues,
): string {
  const search = new URLSearchParams(query);
  for (const [name, value] of Object.entries(values)) {
    search.delete(`${address.name}.${name}`);
    if (address.isSolo) search.delete(name);
    const key = address.isSolo ? name : `${address.name}.${name}`;
    if (value !== base[name]) search.set(key, String(value));
  }
  return search.toString();
}
