// A scenario: everything that a simulation needs. Its file is read in scenario.ts and written in scenario-json.ts.
import type { PolicyOptions, Policy } from "../scheduling/scheduler.ts";
import type { Deployment } from "../serving/deployment.ts";
import type { Seconds } from "../units/units.ts";
import type { RequestExtras, SyntheticRequests } from "./request-source.ts";
import type { Slo } from "./statistics.ts";
import type { LinearTimes } from "./step-model.ts";
import type { Trace } from "./trace.ts";

export const SCENARIO_SCHEMA = "memory-bound/scenario";
export const SCENARIO_VERSION = 1;

/** What a step takes. */
export type StepTimes =
  | { readonly kind: "fitted" | "roofline"; readonly overhead: Seconds }
  | ({ readonly kind: "linear" } & LinearTimes);

/** The requests: drawn at random, replayed from a trace of the site, or written into the scenario. */
export type ScenarioRequests =
  | ({ readonly kind: "synthetic" } & SyntheticRequests & RequestExtras)
  | ({
      readonly kind: "trace";
      /** The id of one of `TRACES`, or a trace of one's own. */
      readonly trace: string | Trace;
      readonly numRequests: number;
      readonly rateScale: number;
    } & RequestExtras)
  | {
      readonly kind: "rows";
      /** Ascending arrivals. */
      readonly rows: readonly ScenarioRow[];
    };

/** A request: see `ROW_COLUMNS`. */
export type ScenarioRow = readonly [
  arrivalMs: number,
  promptTokens: number,
  outputTokens: number,
  priority?: number,
  samples?: number,
];

export interface Scenario {
  readonly name: string;
  readonly deployment: Deployment;
  /** KV blocks, if not as many as the deployment has room for. */
  readonly numBlocks?: number;
  readonly enablePrefixCaching: boolean;
  readonly policy: Policy;
  /** Of those that the policy lists. */
  readonly policyOptions?: PolicyOptions;
  readonly stepTimes: StepTimes;
  readonly requests: ScenarioRequests;
  readonly seed: number;
  readonly slo?: Slo;
}

export const MAX_REQUESTS = 1_000_000;
/** KV blocks: the pool of vLLM V1 keeps 28 bytes for each, 280 MB in all, and no server has as many. */
export const MAX_BLOCKS = 10_000_000;
/** Of a server's settings: tokens of a sequence or of a step. */
export const MAX_SERVER_TOKENS = 100_000_000;
export const MAX_SEQUENCES = 1_000_000;
/** Of one request. */
export const MAX_TOKENS = 10_000_000;
/** Requests a second, or times a trace's own. */
export const MAX_RATE = 1e6;
/** A spread of twenty means is far burstier than any trace. */
export const MAX_CV = 20;
export const MAX_MS = 1e9;

/** A file has milliseconds and microseconds where a scenario has seconds. */
export const MS_PER_S = 1000;
export const US_PER_S = 1e6;
