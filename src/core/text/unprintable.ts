// What has no place in a line of text: controls, lone surrogates, line ends, direction overrides.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+/u;

export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** A space in place of each run of them. */
export function replaceUnprintable(text: string): string {
  return text.replaceAll(new RegExp(UNPRINTABLE, "gu"), " ");
}
