// The measured all-reduces behind the fitted links: how far small ones scatter about the one latency that is fitted.
import { quantile } from "../statistics/quantiles.ts";
import { bytes, MEBI, seconds, type Bytes, type Seconds } from "../units/units.ts";
import { MEASURED_TIMES, type MeasuredSeries } from "./measured-times.ts";

const MICRO = 1e-6;
/** Below this the time hardly depends on the size. */
const SMALL = MEBI;

function findSeries(linkId: string, ranks: number): MeasuredSeries | undefined {
  return MEASURED_TIMES.find((series) => series.link === linkId && series.ranks === ranks);
}

export interface MeasuredTime {
  /** Of the array on each GPU. */
  readonly size: Bytes;
  readonly seconds: Seconds;
}

/** The measured all-reduce whose size is nearest by ratio; undefined for a link or a number of GPUs not measured. */
export function findMeasured(size: Bytes, ranks: number, linkId: string): MeasuredTime | undefined {
  const series = findSeries(linkId, ranks);
  if (series === undefined) return undefined;
  const distance = (other: number) => Math.abs(Math.log(other / size));
  const rows = series.bytes.map((row, index) => ({
    size: bytes(row),
    seconds: seconds((series.microseconds[index] ?? Number.NaN) * MICRO),
  }));
  return rows.toSorted((one, other) => distance(one.size) - distance(other.size))[0];
}

/** Of the measured sizes below 1 MiB. */
export interface SmallTimes {
  readonly least: Seconds;
  readonly median: Seconds;
  readonly most: Seconds;
}

/** How long small all-reduces took; undefined for a link or a number of GPUs not measured. */
export function findSmallTimes(ranks: number, linkId: string): SmallTimes | undefined {
  const series = findSeries(linkId, ranks);
  if (series === undefined) return undefined;
  const times = series.microseconds.filter((_, index) => (series.bytes[index] ?? SMALL) < SMALL);
  const at = (fraction: number) => seconds(quantile(times, fraction) * MICRO);
  return { least: at(0), median: at(0.5), most: at(1) };
}

/** A sentence on the scatter of small all-reduces; undefined where {@link findSmallTimes} is. */
export function describeSmallTimes(ranks: number, linkId: string): string | undefined {
  const times = findSmallTimes(ranks, linkId);
  if (times === undefined) return undefined;
  const [least, median, most] = [times.least, times.median, times.most].map((time) =>
    Math.round(time / MICRO),
  );
  return `Among ${ranks} GPUs the measured arrays below 1 MiB took ${least} to ${most} µs, ${median} µs in the median.`;
}
