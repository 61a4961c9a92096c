// Plain numbers in sentences, grouped by thousands: 16,384. The formats are kept, since making one takes longer than
// all the arithmetic round it.

const FORMATS: Intl.NumberFormat[] = [];

/** @param maxDecimals - decimals that are written at most; trailing zeros are left out. */
export function grouped(value: number, maxDecimals = 3): string {
  const format = (FORMATS[maxDecimals] ??= new Intl.NumberFormat("en-US", {
    maximumFractionDigits: maxDecimals,
  }));
  return format.format(value);
}

/** A whole number of things: "1 token", "1,280 tokens". */
export function counted(count: number, noun: string): string {
  return `${grouped(count, 0)} ${noun}${count === 1 ? "" : "s"}`;
}
