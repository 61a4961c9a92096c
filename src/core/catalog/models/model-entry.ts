// What the catalogue says of a model besides its shape.
import type { ModelShape } from "./model-shape.ts";

export interface ModelEntry {
  readonly id: string;
  readonly name: string;
  readonly shape: ModelShape;
  /** Tokens of context that it was trained for. */
  readonly contextLength: number;
  /** Where the shape was read; empty for a model that the reader typed in. */
  readonly source: { readonly url: string; readonly readOn: string };
  /** Worth showing beside the figures. */
  readonly note?: string;
  /** A sentence naming the fields that were not checked in a source; absent if all were. */
  readonly isUnchecked?: string;
}
