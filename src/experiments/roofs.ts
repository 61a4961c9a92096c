// What a device can do at most, read off its ladder, and which of its limits a kernel's time comes from. A verdict
// never says more than the intervals allow.
import { FEWEST_SAMPLES } from "../core/statistics/estimate.ts";
import { findResolution } from "./figures.ts";
import type { KernelRecord, KernelSeries } from "./kernel-record.ts";
import type { Method } from "./record.ts";

/** The arms of a ladder, by which its roofs are found. */
export const LADDER_ARMS = {
  read: "read",
  arithmetic: "multiply-add",
  launch: "launch",
} as const;

/** A figure with its interval. */
export interface Bracket {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The best reading rate from a working set. */
export interface Rung {
  readonly footprintBytes: number;
  /** Bytes a second. */
  readonly rate: Bracket;
  readonly series: KernelSeries;
}

export interface Roofs {
  readonly isSoftware: boolean;
  /** From the smallest working set up, each the best of the kernels that read it. */
  readonly rungs: readonly Rung[];
  /** FLOP a second, the best of the kernels that only multiply and add. */
  readonly arithmetic: Bracket | undefined;
  /** Seconds from one dispatch to the next that waits for it. */
  readonly launch: Bracket | undefined;
  /** Seconds of a submission that is awaited. */
  readonly roundTrip: Bracket | undefined;
  /** The clock that the ladder was timed by, and its step: other kernels on the device are timed by the same. */
  readonly method: Pick<Method, "clock" | "quantumSeconds">;
}

/** How often something is done a second, from the seconds that it takes. */
export function rateOf(amount: number, { median, low, high }: Bracket): Bracket {
  return { median: amount / median, low: amount / high, high: amount / low };
}

function timesOf({ median, low, high }: Bracket, count: number): Bracket {
  return { median: median * count, low: low * count, high: high * count };
}

/** The roofs that a ladder's record holds; a rung without a usable sample is left out. */
export function readRoofs({ series, device, comparison, roundTrip }: KernelRecord): Roofs {
  const timed = (arm: string) => series.filter((one) => one.arm === arm);
  const best = (arm: string, amount: (one: KernelSeries) => number) =>
    bestOf(
      timed(arm).flatMap((one) =>
        one.duration === undefined ? [] : [rateOf(amount(one), one.duration)],
      ),
    );
  const footprints = [...new Set(timed(LADDER_ARMS.read).map((one) => one.footprintBytes))];
  return {
    isSoftware: device.isSoftware,
    rungs: footprints
      .toSorted((one, other) => one - other)
      .flatMap((footprint) => {
        const rung = bestRung(
          timed(LADDER_ARMS.read).filter((one) => one.footprintBytes === footprint),
        );
        return rung === undefined ? [] : [rung];
      }),
    arithmetic: best(LADDER_ARMS.arithmetic, ({ plan }) => plan.flops),
    launch: timed(LADDER_ARMS.launch)[0]?.duration,
    roundTrip: roundTrip?.series.duration,
    method: comparison.method,
  };
}

function bestRung(series: readonly KernelSeries[]): Rung | undefined {
  return series
    .flatMap((one): Rung[] =>
      one.duration === undefined
        ? []
        : [
            {
              footprintBytes: one.footprintBytes,
              rate: rateOf(one.plan.bytesRead, one.duration),
              series: one,
            },
          ],
    )
    .toSorted((one, other) => other.rate.median - one.rate.median)[0];
}

function bestOf(rates: readonly Bracket[]): Bracket | undefined {
  return rates.toSorted((one, other) => other.median - one.median)[0];
}

/** The largest working set's rate: that of the memory itself, where the set is larger than every cache. */
export function memoryRoof({ rungs }: Roofs): Bracket | undefined {
  return rungs.at(-1)?.rate;
}

/** The reading rate for a footprint: between two rungs, in proportion on logarithmic scales; beyond them, the last. */
export function roofForFootprint({ rungs }: Roofs, footprintBytes: number): Bracket | undefined {
  const above = rungs.findIndex((rung) => rung.footprintBytes >= footprintBytes);
  const [upper, lower] = [rungs[above], rungs[above - 1]];
  if (above === -1) return rungs.at(-1)?.rate;
  if (upper === undefined || lower === undefined) return upper?.rate;
  const share =
    Math.log(footprintBytes / lower.footprintBytes) /
    Math.log(upper.footprintBytes / lower.footprintBytes);
  const between = (one: number, other: number) => one * (other / one) ** share;
  return {
    median: between(lower.rate.median, upper.rate.median),
    low: between(lower.rate.low, upper.rate.low),
    high: between(lower.rate.high, upper.rate.high),
  };
}

export type Limit = "memory" | "compute" | "overhead";

export type BoundVerdict =
  /** `share`: of the kernel's time, what that limit alone asks for. */
  | { readonly kind: Limit; readonly share: number; readonly sentence: string }
  | { readonly kind: "unknown"; readonly sentence: string };

/** A limit that explains less of a kernel's time than this is not what the kernel waits for. */
const EXPLAINED_SHARE = 0.5;

/** A clock whose step may hide this share of a sample is too coarse: the sample lasts four steps at most. */
const COARSE_RESOLUTION = 0.25;

const LIMIT_WORDS: Readonly<Record<Limit, string>> = {
  memory: "reading and writing its bytes",
  compute: "its arithmetic",
  overhead: "being launched",
};

/**
 * Compares a kernel's time with what each limit alone would ask for:
 *
 * - on a software adapter, with too few samples, on samples of a few steps of the clock, or without a ladder: cannot
 *   tell;
 * - the two longest overlap: cannot tell, it lies on the ridge;
 * - the longest surely explains at least half of the time: that is the bound;
 * - it surely explains less: cannot tell, the kernel reaches none of the limits; or perhaps: cannot tell.
 *
 * "Surely": over the whole of the intervals, that of the time widened by what the clock's step may hide.
 */
export function judgeBound(
  series: Pick<KernelSeries, "plan" | "samples" | "duration" | "footprintBytes">,
  roofs: Roofs,
): BoundVerdict {
  const { duration, plan, footprintBytes } = series;
  if (roofs.isSoftware) return cannotTell("a software adapter has no roofs of a GPU");
  if (duration === undefined || duration.numSamples < FEWEST_SAMPLES) {
    return cannotTell(`an interval of 95 % needs ${FEWEST_SAMPLES} samples`);
  }
  const resolution = findResolution(series, roofs.method);
  if (resolution >= COARSE_RESOLUTION) {
    const percent = formatPercent(Math.min(1, resolution));
    return cannotTell(`the clock is too coarse: its step may hide ${percent} of a sample`);
  }
  const bandwidth = roofForFootprint(roofs, footprintBytes);
  if (bandwidth === undefined || roofs.arithmetic === undefined || roofs.launch === undefined) {
    return cannotTell("a rung of the ladder is missing");
  }
  const limits: { readonly kind: Limit; readonly time: Bracket }[] = [
    { kind: "memory", time: rateOf(plan.bytesRead + plan.bytesWritten, bandwidth) },
    { kind: "compute", time: rateOf(plan.flops, roofs.arithmetic) },
    { kind: "overhead", time: timesOf(roofs.launch, plan.numDispatches) },
  ];
  const [longest, next] = limits.toSorted((one, other) => other.time.median - one.time.median);
  if (longest === undefined || next === undefined) return cannotTell("there are no limits");
  if (longest.time.low <= next.time.high) {
    return cannotTell(
      `${LIMIT_WORDS[longest.kind]} and ${LIMIT_WORDS[next.kind]} ask for the same time, as far as the intervals tell`,
    );
  }
  return judgeShare(longest, widen(duration, resolution));
}

function judgeShare(
  { kind, time }: { readonly kind: Limit; readonly time: Bracket },
  duration: Bracket,
): BoundVerdict {
  const share = time.median / duration.median;
  const percent = formatPercent(share);
  const what = LIMIT_WORDS[kind];
  if (time.low / duration.high >= EXPLAINED_SHARE) {
    const sentence = `${capitalise(kind)} bound: ${what} alone asks for ${percent} of the time.`;
    return { kind, share, sentence };
  }
  if (time.high / duration.low < EXPLAINED_SHARE) {
    return cannotTell(
      `${what}, its nearest limit, asks for only ${percent} of the time, so the kernel itself holds it back`,
    );
  }
  return cannotTell(`${what} asks for about half of the time (${percent})`);
}

function widen({ median, low, high }: Bracket, resolution: number): Bracket {
  return { median, low: low / (1 + resolution), high: high * (1 + resolution) };
}

function formatPercent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function cannotTell(reason: string): BoundVerdict {
  return { kind: "unknown", sentence: `Cannot tell: ${reason}.` };
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
