// Numbers as the reader sees them: with a unit, three significant digits, and a dash where there is no number.
// SI inside, prefixes here. GB is 10⁹ bytes, GiB is 2³⁰; the label says which.

/** Stands for a number that does not exist. Never "NaN". */
export const NO_NUMBER = "—";
/** Keeps a number and its unit on one line. */
const NO_BREAK = "\u00a0";

/** A number that may be missing; NaN and infinities read as missing. */
export type MaybeNumber = number | null | undefined;

function isNumber(value: MaybeNumber): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

const FIXED: Intl.NumberFormat[] = [];

/** Kept by the number of decimals: making one takes longer than everything else that a slider's move asks for. */
function fixedFormat(decimals: number): Intl.NumberFormat {
  return (FIXED[decimals] ??= new Intl.NumberFormat("en-US", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }));
}

/** What was written before, by the digits asked for: most numbers of a figure stay the same when one slider moves. */
const WRITTEN: Map<number, string>[] = [];
/** Numbers that are kept for each; then it begins anew. */
const MAX_WRITTEN = 2000;

function keep(value: number, digits: number, write: () => string): string {
  const written = (WRITTEN[digits] ??= new Map<number, string>());
  const known = written.get(value);
  if (known !== undefined) return known;
  if (written.size >= MAX_WRITTEN) written.clear();
  const text = write();
  written.set(value, text);
  return text;
}

/** Fixed notation with `digits` significant digits, at least all of the integer part, grouped by thousands. */
export function formatNumber(value: MaybeNumber, digits = 3): string {
  if (!isNumber(value)) return NO_NUMBER;
  if (value === 0) return "0";
  return keep(value, digits, () => {
    const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
    const decimals = Math.min(20, Math.max(0, digits - 1 - magnitude));
    return fixedFormat(decimals).format(value).replace("-", "−");
  });
}

/** A whole number, grouped: 16,384. */
export function formatCount(value: MaybeNumber): string {
  if (!isNumber(value)) return NO_NUMBER;
  // + 0: what rounds to −0 is 0.
  const whole = Math.round(value) + 0;
  return keep(whole, 0, () => fixedFormat(0).format(whole).replace("-", "−"));
}

interface Prefix {
  readonly symbol: string;
  readonly factor: number;
}

const SI_PREFIXES: readonly Prefix[] = [
  { symbol: "E", factor: 1e18 },
  { symbol: "P", factor: 1e15 },
  { symbol: "T", factor: 1e12 },
  { symbol: "G", factor: 1e9 },
  { symbol: "M", factor: 1e6 },
  { symbol: "k", factor: 1e3 },
  { symbol: "", factor: 1 },
];

const SMALL_PREFIXES: readonly Prefix[] = [
  { symbol: "", factor: 1 },
  { symbol: "m", factor: 1e-3 },
  { symbol: "µ", factor: 1e-6 },
  { symbol: "n", factor: 1e-9 },
];

const BINARY_PREFIXES: readonly Prefix[] = [
  { symbol: "Ti", factor: 1024 ** 4 },
  { symbol: "Gi", factor: 1024 ** 3 },
  { symbol: "Mi", factor: 1024 ** 2 },
  { symbol: "Ki", factor: 1024 },
  { symbol: "", factor: 1 },
];

/** The largest prefix under which the rounded value is at least 1; else the smallest prefix. */
function scale(value: number, prefixes: readonly Prefix[], digits: number, unit: string): string {
  const rounded = Math.abs(Number(value.toPrecision(digits)));
  const prefix = prefixes.find(({ factor }) => rounded >= factor) ?? prefixes.at(-1);
  if (value === 0 || prefix === undefined) return `0${NO_BREAK}${unit}`;
  return `${formatNumber(value / prefix.factor, digits)}${NO_BREAK}${prefix.symbol}${unit}`;
}

/** Whole bytes below 1,000 keep no decimals: 512 B, 6.14 kB. */
function scaleBytes(value: number, prefixes: readonly Prefix[], digits: number): string {
  const smallest = prefixes === BINARY_PREFIXES ? 1024 : 1000;
  if (Math.abs(value) < smallest && Number.isInteger(value)) {
    return `${formatCount(value)}${NO_BREAK}B`;
  }
  return scale(value, prefixes, digits, "B");
}

/** Seconds, with ms, µs or ns below one: 1.24 ms. From 120 s on in minutes. */
export function formatSeconds(value: MaybeNumber, digits = 3): string {
  if (!isNumber(value)) return NO_NUMBER;
  if (Math.abs(value) >= 120) return `${formatNumber(value / 60, digits)}${NO_BREAK}min`;
  return scale(value, SMALL_PREFIXES, digits, "s");
}

/** Bytes by powers of ten: kB, MB, GB. */
export function formatBytes(value: MaybeNumber, digits = 3): string {
  return isNumber(value) ? scaleBytes(value, SI_PREFIXES, digits) : NO_NUMBER;
}

/** Bytes by powers of two: KiB, MiB, GiB, as allocators count. */
export function formatBinaryBytes(value: MaybeNumber, digits = 3): string {
  return isNumber(value) ? scaleBytes(value, BINARY_PREFIXES, digits) : NO_NUMBER;
}

/** Anything with an SI prefix: `formatSi(3.12e14, "FLOP/s")` is 312 TFLOP/s. */
export function formatSi(value: MaybeNumber, unit: string, digits = 3): string {
  return isNumber(value) ? scale(value, SI_PREFIXES, digits, unit) : NO_NUMBER;
}

/** A rate with its unit as it stands: `formatRate(41.3, "tokens/s")`; grouped, never prefixed. */
export function formatRate(value: MaybeNumber, unit: string, digits = 3): string {
  return isNumber(value) ? `${formatNumber(value, digits)}${NO_BREAK}${unit}` : NO_NUMBER;
}

/** Bytes a second: 2.04 TB/s. */
export function formatBandwidth(value: MaybeNumber, digits = 3): string {
  return formatSi(value, "B/s", digits);
}

/** A ratio of two like quantities: 8.2×. */
export function formatRatio(value: MaybeNumber, digits = 2): string {
  return isNumber(value) ? `${formatNumber(value, digits)}×` : NO_NUMBER;
}

/** A fraction in [0, 1] as per cent. */
export function formatPercent(fraction: MaybeNumber, digits = 2): string {
  return isNumber(fraction) ? `${formatNumber(fraction * 100, digits)}${NO_BREAK}%` : NO_NUMBER;
}

/** An interval in one unit: "1.20 ms to 1.31 ms". */
export function formatInterval(
  low: MaybeNumber,
  high: MaybeNumber,
  format: (value: MaybeNumber) => string,
): string {
  return isNumber(low) && isNumber(high) ? `${format(low)} to ${format(high)}` : NO_NUMBER;
}

/** A value with an optional unit, as controls show it: "16", "256 tokens". */
export function formatWithUnit(value: number, unit: string | undefined): string {
  const text = Number.isInteger(value) ? formatCount(value) : formatNumber(value);
  return unit === undefined ? text : `${text}${NO_BREAK}${unit}`;
}
