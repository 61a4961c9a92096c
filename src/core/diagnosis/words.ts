// Numbers as the sentences of this folder write them.
import { GIBI } from "../units/units.ts";

export function gib(value: number): string {
  return `${round(value / GIBI, 2)} GiB`;
}

export function percent(share: number): string {
  return `${round(share * 100, share < 0.1 ? 1 : 0)} %`;
}

export function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}

/** A piece of foreign text in a sentence: short, and on one line. */
export function quoted(text: string): string {
  const plain = text.replaceAll(/\s+/g, " ");
  return `"${plain.length > 40 ? `${plain.slice(0, 40)}…` : plain}"`;
}
