// The messages between a page and the simulator in its Worker: runs by number, answers by the same number.
import type { SimulationReport } from "../core/simulation/statistics.ts";

interface SimulationJob {
  /** JSON text of a scenario file. */
  readonly scenario: string;
  /** Whether the result holds a CSV row for each request. */
  readonly withRequests: boolean;
}

export interface RunMessage extends SimulationJob {
  readonly kind: "run";
  readonly id: number;
  /** Folder of the site's traces; ends in a slash. */
  readonly tracesUrl: string;
}

export interface CancelMessage {
  readonly kind: "cancel";
  readonly id: number;
}

export type CallMessage = RunMessage | CancelMessage;

export interface SimulationResult {
  readonly report: SimulationReport;
  /** The figures under the names of vLLM's metrics. */
  readonly csv: string;
  /** The scenario's. */
  readonly name: string;
  /** One row for each request, in the order they ended; only where it was asked for. */
  readonly requestsCsv?: string;
}

export interface ProgressMessage {
  readonly kind: "progress";
  readonly id: number;
  /** Requests that have ended, over all; in [0, 1]. */
  readonly fraction: number;
  readonly stage: string;
}

export interface ResultMessage {
  readonly kind: "result";
  readonly id: number;
  readonly result: SimulationResult;
}

export interface FailureMessage {
  readonly kind: "failure";
  readonly id: number;
  /** A sentence. */
  readonly message: string;
}

export type ReplyMessage = ProgressMessage | ResultMessage | FailureMessage;
