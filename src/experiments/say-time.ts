// A time in the unit that suits it, in plain text: for the notes of a record and for the terminal.

/** Three digits, for example "1.24 ms". */
export function sayTime(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return seconds >= 1e-6
    ? `${(seconds * 1e6).toPrecision(3)} µs`
    : `${(seconds * 1e9).toPrecision(3)} ns`;
}
