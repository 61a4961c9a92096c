// How far the fitted times are off, for the page that shows it. Errors are |predicted / measured − 1|.

export interface FitErrors {
  readonly numFitted: number;
  readonly numHeldOut: number;
  /** Median on the rows that the coefficients were fitted on. */
  readonly fittedMedian: number;
  readonly heldOutMedian: number;
  readonly heldOutP90: number;
}

/** Errors under the two hold-outs. */
export interface GemmReport {
  /** Whole products held out: the coefficients in use, asked about weights that they have not seen. */
  readonly products: FitErrors;
  /** Every second token count held out: other coefficients, asked between known points of known weights. */
  readonly tokens: FitErrors;
}

export interface FitReport {
  readonly gemm: Readonly<Record<"a100" | "h100", GemmReport>>;
  readonly attention: {
    readonly a100: { readonly decode: FitErrors; readonly prefill: FitErrors };
  };
}
