// What one benchmark against the peers leaves behind: JSON with every sample.
import type { Roofs } from "../../src/experiments/roofs.ts";
import type { WorkReport } from "./contest.ts";

export const PEERS_SCHEMA = "memory-bound/peers@1";

export interface PeersRecord {
  readonly schema: typeof PEERS_SCHEMA;
  /** When it was measured, ISO 8601, UTC. */
  readonly createdAt: string;
  readonly device: { readonly name: string; readonly isSoftware: boolean };
  /** Where it ran: the browser's name and version, or Node's. */
  readonly host: string;
  /** The processor and its cores. */
  readonly machine: string;
  readonly tolerance: number;
  readonly works: readonly WorkReport[];
  /** From the device's ladder in the same run; absent on a software adapter, which has none. */
  readonly roofs?: Roofs;
}

/** @throws Error for a text that is no list of these records; their inside is trusted: this tool writes them. */
export function parseRecords(text: string): PeersRecord[] {
  const records: PeersRecord[] = JSON.parse(text);
  if (!Array.isArray(records) || records.some(({ schema }) => schema !== PEERS_SCHEMA)) {
    throw new Error(`This is no list of ${PEERS_SCHEMA}.`);
  }
  return records;
}
