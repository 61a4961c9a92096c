// Reads a `vllm serve` line: its words as a shell splits them, the flags that matter here, and a sentence for each that
// is unknown or cannot be. Writes the line again with one flag changed.
import { shellWord } from "../serving/vllm-command.ts";
import { grouped } from "../units/grouped.ts";
import { quoted } from "./words.ts";

/** What a flag's value must be. */
type FlagKind =
  | { readonly is: "count"; readonly min: number; readonly max: number }
  | { readonly is: "share" }
  /** As a share, and 0 turns it off. */
  | { readonly is: "part" }
  | { readonly is: "gib" }
  | { readonly is: "word" }
  /** No value; `--no-…` turns it off. */
  | { readonly is: "switch" };

const count = (min: number, max: number): FlagKind => ({ is: "count", min, max });
const WORD: FlagKind = { is: "word" };
const SWITCH: FlagKind = { is: "switch" };

/** Flags by name without dashes. Those after the gap are known but play no part in a cause. */
const KINDS: ReadonlyMap<string, FlagKind> = new Map<string, FlagKind>([
  ["max-model-len", count(1, 100_000_000)],
  ["max-num-seqs", count(1, 1_000_000)],
  ["max-num-batched-tokens", count(1, 100_000_000)],
  ["gpu-memory-utilization", { is: "share" }],
  ["kv-cache-memory-bytes", count(1, 1e15)],
  ["num-gpu-blocks-override", count(1, 100_000_000)],
  ["block-size", count(1, 4096)],
  ["tensor-parallel-size", count(1, 1024)],
  ["pipeline-parallel-size", count(1, 1024)],
  ["data-parallel-size", count(1, 1024)],
  ["decode-context-parallel-size", count(1, 1024)],
  ["kv-cache-dtype", WORD],
  ["quantization", WORD],
  ["dtype", WORD],
  ["model", WORD],
  ["preemption-mode", WORD],
  ["swap-space", { is: "gib" }],
  ["cpu-offload-gb", { is: "gib" }],
  ["kv-offloading-size", { is: "gib" }],
  ["enable-prefix-caching", SWITCH],
  ["enable-chunked-prefill", SWITCH],
  ["disable-hybrid-kv-cache-manager", SWITCH],
  ["enforce-eager", SWITCH],

  ["long-prefill-token-threshold", count(0, 100_000_000)],
  ["max-num-partial-prefills", count(1, 1_000_000)],
  ["max-long-partial-prefills", count(1, 1_000_000)],
  ["prefix-caching-hash-algo", WORD],
  ["scheduling-policy", WORD],
  ["scheduler-reserve-full-isl", SWITCH],
  ["async-scheduling", SWITCH],
  // Newer than the commit that is simulated; the spelling of the first is not checked.
  ["watermark", { is: "part" }],
  ["prefix-match-unit", WORD],
  ["kv-offloading-backend", WORD],
  ["enable-expert-parallel", SWITCH],
  ["speculative-config", WORD],
  ["spec-tokens", count(1, 1000)],
  ["kv-cache-metrics", SWITCH],
  ["kv-cache-metrics-sample", WORD],
  ["stream-interval", count(1, 1_000_000)],
  ["kv-transfer-config", WORD],
  ["trust-remote-code", SWITCH],
  ["served-model-name", WORD],
  ["tokenizer", WORD],
  ["host", WORD],
  ["port", count(0, 65_535)],
  ["api-key", WORD],
  ["seed", count(0, 2 ** 53)],
  ["download-dir", WORD],
  ["load-format", WORD],
  ["disable-log-requests", SWITCH],
]);

const SHORT: ReadonlyMap<string, string> = new Map([
  ["-tp", "tensor-parallel-size"],
  ["-pp", "pipeline-parallel-size"],
  ["-dp", "data-parallel-size"],
  ["-q", "quantization"],
]);

export type FlagValue = number | string | boolean;

export interface ServeCommand {
  /** As a shell splits the line, from "vllm" on. */
  readonly words: readonly string[];
  /** The model's name or folder, if the line has one. */
  readonly model: string | undefined;
  /** Valid flags by name without dashes; of one given twice the last counts, as in vLLM. */
  readonly flags: ReadonlyMap<string, FlagValue>;
  /** A sentence for each flag that is unknown, or whose value cannot be. */
  readonly notes: readonly string[];
}

const MAX_LINE = 8000;
const MAX_NOTES = 12;
const START = /(?:^|[\s;&|$`"'(])(vllm serve|-m vllm\.entrypoints\.openai\.api_server)(?=\s|$)/m;

/** The first `vllm serve` line of a text, backslashes at line ends joined; undefined if it has none. */
export function findServeCommand(text: string): ServeCommand | undefined {
  const match = START.exec(text);
  if (match === null) return undefined;
  const [all, start = ""] = match;
  const from = match.index + all.length - start.length;
  const rest = text.slice(from, from + MAX_LINE).replaceAll(/\\[ \t]*\r?\n/g, " ");
  const [line = ""] = rest.split(/\r?\n/, 1);
  const words = splitWords(line);
  return readWords(["vllm", "serve", ...words.slice(2)]);
}

/** Where a shell's command ends outside quotations: a pipe, a redirection, another command, a closing bracket. */
const ENDS = "|&;<>()`";

/** By spaces, with '…', "…" and \ as in a POSIX shell. An open quotation ends with the line. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  let [word, quote, isOpen] = ["", "", false];
  for (let index = 0; index < line.length; index++) {
    const letter = line.charAt(index);
    if (quote !== "") {
      if (letter === quote) quote = "";
      else word += letter;
    } else if (letter === "'" || letter === '"') {
      [quote, isOpen] = [letter, true];
    } else if (letter === "\\") {
      index += 1;
      word += line.charAt(index);
    } else if (ENDS.includes(letter) || (letter === "#" && word === "" && !isOpen)) {
      // Of "2>&1" the number belongs to the redirection.
      if (!isOpen && /^\d$/.test(word) && (letter === "<" || letter === ">")) word = "";
      break;
    } else if (/\s/.test(letter)) {
      if (word !== "" || isOpen) words.push(word);
      [word, isOpen] = ["", false];
    } else {
      word += letter;
    }
  }
  if (word !== "" || isOpen) words.push(word);
  return words;
}

/** A name as vLLM takes it: underscores are dashes. Undefined for a word that is no flag. */
function flagNameOf(word: string): string | undefined {
  const [name = ""] = word.split("=", 1);
  const short = SHORT.get(name);
  if (short !== undefined) return short;
  return name.startsWith("--") ? name.slice(2).replaceAll("_", "-") : undefined;
}

function readWords(words: readonly string[]): ServeCommand {
  const flags = new Map<string, FlagValue>();
  const notes: string[] = [];
  let model: string | undefined;
  for (let index = 2; index < words.length; index++) {
    const word = words[index] ?? "";
    const name = flagNameOf(word);
    if (name === undefined) {
      // Other short flags, such as -O3, are no model either.
      if (!word.startsWith("-")) model ??= word;
      continue;
    }
    const equals = word.indexOf("=");
    const next = words[index + 1];
    const own = equals < 0 ? undefined : word.slice(equals + 1);
    const read = readFlag(name, own, next);
    if (read.takesNext) index += 1;
    if (read.note !== undefined && notes.length < MAX_NOTES) notes.push(read.note);
    if (read.entry !== undefined) flags.set(...read.entry);
  }
  const named = flags.get("model");
  return { words, model: model ?? (typeof named === "string" ? named : undefined), flags, notes };
}

interface ReadFlag {
  readonly takesNext: boolean;
  readonly entry?: readonly [string, FlagValue];
  readonly note?: string;
}

function readFlag(name: string, own: string | undefined, next: string | undefined): ReadFlag {
  const positive = name.startsWith("no-") ? name.slice(3) : name;
  const kind = KINDS.get(positive);
  const isValue = next !== undefined && flagNameOf(next) === undefined;
  if (kind === undefined || (positive !== name && kind.is !== "switch")) {
    const note = `${quoted(`--${name}`)} is a flag that this page does not know; it stays in the line as it is.`;
    return { takesNext: own === undefined && isValue, note };
  }
  if (kind.is === "switch") {
    const read = readSwitch(positive, positive === name, own ?? next);
    return { ...read, takesNext: read.takesNext && own === undefined };
  }
  const text = own ?? (next === undefined || flagNameOf(next) !== undefined ? undefined : next);
  const takesNext = own === undefined && text !== undefined;
  if (text === undefined) return { takesNext, note: `--${name} has no value.` };
  const value = valueOf(text, kind);
  if (value !== undefined) return { takesNext, entry: [name, value] };
  // "auto" and -1 let vLLM choose the length: the same as not saying it.
  if (name === "max-model-len" && (text === "auto" || text === "-1")) return { takesNext };
  return { takesNext, note: `--${name} ${describeKind(kind)}; got ${quoted(text)}.` };
}

function readSwitch(name: string, isOn: boolean, next: string | undefined): ReadFlag {
  const said = next?.toLowerCase();
  const isWord = said === "true" || said === "false";
  return { takesNext: isWord, entry: [name, isWord ? (said === "true") === isOn : isOn] };
}

const UNITS: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  g: 1e9,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
};

/** "16k" is 16,000 and "16K" 16,384, as in vLLM. */
function valueOf(text: string, kind: FlagKind): FlagValue | undefined {
  if (kind.is === "word") return text === "" ? undefined : text;
  const match = /^(\d{1,16}(?:\.\d{1,9})?)([kmgKMG]?)$/.exec(text);
  if (match === null) return undefined;
  const [, digits = "", unit = ""] = match;
  const value = Number(digits) * (UNITS[unit] ?? 1);
  if (kind.is === "share") return value > 0 && value <= 1 ? value : undefined;
  if (kind.is === "part") return value <= 1 ? value : undefined;
  if (kind.is === "gib") return value <= 1e6 ? value : undefined;
  if (kind.is !== "count") return undefined;
  const whole = unit === "" ? value : Math.floor(value);
  return Number.isInteger(whole) && whole >= kind.min && whole <= kind.max ? whole : undefined;
}

function describeKind(kind: FlagKind): string {
  switch (kind.is) {
    case "count":
      return `is a whole number from ${grouped(kind.min)} to ${grouped(kind.max)}`;
    case "share":
      return "is above 0 and at most 1";
    case "part":
      return "is from 0 to 1";
    case "gib":
      return "is a number of GiB, 0 or more";
    default:
      return "needs a word";
  }
}

/** One flag to set, or to take out of the line. */
export interface FlagChange {
  /** Without dashes. */
  readonly flag: string;
  /** `true` for a switch, undefined to take the flag out. */
  readonly value: string | number | true | undefined;
}

export function writeChange({ flag, value }: FlagChange): string {
  if (value === undefined) return `without --${flag}`;
  return value === true ? `--${flag}` : `--${flag} ${value}`;
}

/** The line with these flags changed, ready to paste into a shell. */
export function changeCommand(words: readonly string[], changes: readonly FlagChange[]): string {
  let line = words;
  for (const change of changes) line = changeWords(line, change);
  return line.map(shellWord).join(" ");
}

function changeWords(words: readonly string[], { flag, value }: FlagChange): readonly string[] {
  const kept: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const name = flagNameOf(word);
    if (name !== flag && name !== `no-${flag}`) {
      kept.push(word);
      continue;
    }
    const read = readFlag(name, word.includes("=") ? "" : undefined, words[index + 1]);
    if (read.takesNext && !word.includes("=")) index += 1;
  }
  if (value === undefined) return kept;
  return value === true ? [...kept, `--${flag}`] : [...kept, `--${flag}`, String(value)];
}
