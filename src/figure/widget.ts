// What a widget declares. From `parameters` come its controls, its MDX attributes, the page's URL, the embed's
// URL and the message API; from `poster`, `describe` and `table` comes the page as it is before any script runs.
import type { ComponentType, ReactNode } from "react";

/** Where and when a parameter's control is shown. */
export interface ParameterPlace {
  /** Controls that share this heading stand together, in a box of their own; absent: in the row above. */
  readonly group?: string;
  /** Shown only while the named choice or toggle has one of these values. */
  readonly shownWhen?: {
    readonly parameter: string;
    readonly is: readonly (string | boolean)[];
  };
}

export interface NumberParameter extends ParameterPlace {
  readonly kind: "number";
  readonly label: string;
  /** Shown after the value, for example "tokens". */
  readonly unit?: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly default: number;
}

export interface ChoiceParameter extends ParameterPlace {
  readonly kind: "choice";
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly default: string;
}

export interface ToggleParameter extends ParameterPlace {
  readonly kind: "toggle";
  readonly label: string;
  readonly default: boolean;
}

export interface TextParameter extends ParameterPlace {
  readonly kind: "text";
  readonly label: string;
  readonly maxLength: number;
  readonly default: string;
  /** Why the text cannot be taken, as a sentence; absent where it can. */
  readonly refuse?: (text: string) => string | undefined;
}

export type Parameter = NumberParameter | ChoiceParameter | ToggleParameter | TextParameter;
export type Parameters = Readonly<Record<string, Parameter>>;

export type ValueOf<P extends Parameter> = P extends ToggleParameter
  ? boolean
  : P extends NumberParameter
    ? number
    : string;
export type Values<P extends Parameters> = { readonly [Name in keyof P]: ValueOf<P[Name]> };

/** Where a number on a page comes from. Each kind looks different. */
export type Provenance =
  | { readonly kind: "measured"; readonly device: string }
  | { readonly kind: "recorded"; readonly device: string; readonly date: string }
  | { readonly kind: "modelled" }
  | { readonly kind: "published"; readonly source: string };

export interface DataTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** What the reader is asked before a claim is tested. */
export interface PredictionQuestion {
  readonly question: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

export interface ViewProps<P extends Parameters> {
  readonly values: Values<P>;
  /** Changes parameters; the URL follows, replacing its entry in the history. */
  readonly setValues: (change: Partial<Values<P>>) => void;
  /** Says a settled result to screen readers, once. */
  readonly announce: (sentence: string) => void;
  /** Replaces the data table under the figure (and its CSV) with live values. */
  readonly setTable: (table: DataTable) => void;
  /** Says where the numbers drawn now come from, in place of the widget's own `provenance`. */
  readonly setProvenance: (provenance: Provenance) => void;
  /** True where the reader wants no motion: show end states. */
  readonly isMotionReduced: boolean;
  /** The reader's committed prediction: a value of the widget's `prediction.options`; undefined where skipped. */
  readonly prediction: string | undefined;
  /** True when the reader's press of the poster's Run button is what mounted this view: run at once. */
  readonly shouldRun: boolean;
}

export interface Widget<P extends Parameters> {
  /** The folder's name under src/widgets. */
  readonly id: string;
  readonly title: string;
  /** One line for the gallery and the search. */
  readonly summary: string;
  readonly parameters: P;
  /** In a claim card: the claim in the words that are tested. Absent: the chapter's claim. */
  readonly claim?: string;
  /** In a claim card: asked before Run, which it unlocks. */
  readonly prediction?: PredictionQuestion;
  /** `visible`: light enough to mount when scrolled to. `interaction`: on hover, focus, press or Run. */
  readonly mount: "visible" | "interaction";
  /** Label of the button on the poster that mounts and runs a live experiment; absent: nothing to run. */
  readonly runLabel?: string;
  /** Smallest height of the drawing's box in CSS pixels at phone and at desktop width, so nothing jumps. */
  readonly minHeight: { readonly narrow: number; readonly wide: number };
  readonly provenance: Provenance;
  /** Pure: the default state as it is drawn at build time. */
  poster(values: Values<P>): ReactNode;
  /** One sentence, from the same values as the picture. */
  describe(values: Values<P>): string;
  table(values: Values<P>): DataTable;
  /** The interactive view, loaded on mount. */
  load(): Promise<{ readonly default: ComponentType<ViewProps<P>> }>;
}

/** Lets TypeScript infer the parameters of a widget declaration. */
export function defineWidget<P extends Parameters>(widget: Widget<P>): Widget<P> {
  return widget;
}
