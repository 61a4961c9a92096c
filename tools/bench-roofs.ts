// Holds a kernel's time against what the same device was just measured to do at most: its ladder's reading rate and its
// multiply-adds. A software adapter has no roof.
import { GIGA, MEBI } from "../src/core/units/units.ts";
import type { Clock } from "../src/experiments/clock.ts";
import type { DeviceContext } from "../src/experiments/experiment.ts";
import type { KernelRecord } from "../src/experiments/kernel-record.ts";
import ladder from "../src/experiments/ladder/experiment.ts";
import { memoryRoof, readRoofs, roofForFootprint, type Roofs } from "../src/experiments/roofs.ts";
import type { Backend } from "../src/gpu/backend.ts";
import { EngineCore } from "../src/model/engine-core.ts";
import type { Engine } from "../src/model/engine.ts";

export const NO_ROOF = "a software adapter has no roof";

/** What one repeat does and how long it takes. */
export interface TimedWork {
  readonly flops: number;
  /** Read and written. */
  readonly bytes: number;
  /** Bytes that it goes over, each once. */
  readonly footprintBytes: number;
  readonly seconds: number;
}

/** Fractions of the roofs that a kernel reaches; undefined where a rung is missing. */
export interface RoofShares {
  /** Of the rate at which the largest working set is read: that of memory. */
  readonly read: number | undefined;
  /** Of the rate at which a working set of the kernel's own size is read, perhaps from a cache. */
  readonly ownRead: number | undefined;
  /** Of the best rate of multiply-adds. */
  readonly arithmetic: number | undefined;
}

export function sharesOf(
  { flops, bytes, footprintBytes, seconds }: TimedWork,
  roofs: Roofs,
): RoofShares {
  const share = (amount: number, roof: { readonly median: number } | undefined) =>
    roof === undefined ? undefined : amount / seconds / roof.median;
  return {
    read: share(bytes, memoryRoof(roofs)),
    ownRead: share(bytes, roofForFootprint(roofs, footprintBytes)),
    arithmetic: share(flops, roofs.arithmetic),
  };
}

/** "75.0 %"; "–" where there is none. */
export function formatShare(share: number | undefined): string {
  return share === undefined ? "–" : `${(share * 100).toPrecision(3)} %`;
}

/** A kernel's row against the roofs; dashes on a software adapter. */
export function sayShares(work: TimedWork, roofs: Roofs | undefined): string {
  if (roofs === undefined) return "– of read roof, – of FMA roof";
  const { read, ownRead, arithmetic } = sharesOf(work, roofs);
  const own = `(${formatShare(ownRead)} at its own footprint)`;
  return `${formatShare(read)} of read roof ${own}, ${formatShare(arithmetic)} of FMA roof`;
}

function sayRate(roof: ReturnType<typeof memoryRoof>, unit: string): string {
  if (roof === undefined) return "not measured";
  const [median, low, high] = [roof.median, roof.low, roof.high].map((value) =>
    (value / GIGA).toPrecision(3),
  );
  return `${median} ${unit} (95 % ${low} to ${high})`;
}

/** What the shares are shares of, in a line. */
export function sayRoofs(roofs: Roofs | undefined): string {
  if (roofs === undefined) return NO_ROOF;
  const largest = (roofs.rungs.at(-1)?.footprintBytes ?? 0) / MEBI;
  const read = sayRate(memoryRoof(roofs), "GB/s");
  return `read ${read} from ${largest} MiB, FMA ${sayRate(roofs.arithmetic, "GFLOP/s")}`;
}

/** The ladder with its default parameters. */
export function runLadder(engine: Engine, context: DeviceContext): Promise<KernelRecord> {
  return ladder.run(engine, { largest: ladder.parameters.largest.default }, context);
}

/** The roofs of a backend that stays its owner's; undefined on a software adapter, where nothing is run. */
export async function measureRoofs(
  backend: Backend,
  clock: Clock,
  host: string,
): Promise<Roofs | undefined> {
  if (backend.isSoftware) return undefined;
  // Never closed: that would close the backend.
  const engine = new EngineCore(() => Promise.resolve({ kind: "ready", backend }));
  const device = await engine.open({ backend: "webgpu" });
  return readRoofs(await runLadder(engine, { device, clock, host }));
}
