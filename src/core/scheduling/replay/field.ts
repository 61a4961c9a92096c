// Reads a recording, which anyone may have written: every access names its place, and what is missing or of another
// type becomes a sentence. Own keys only, so that a key such as __proto__ is data like any other.

/** The file is not a recording; the message is a sentence that names the field. */
export class MalformedRecording extends Error {
  override readonly name = "MalformedRecording";
}

const MAX_SHOWN = 40;

/** A value in a few characters, for a sentence. */
export function shown(value: unknown, maxLength = MAX_SHOWN): string {
  const text = value === undefined ? "nothing" : jsonOf(value);
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // Only nesting that exhausts the stack comes here: the value was read from JSON.
    return "a value nested too deeply to show";
  }
}

/** Most blocks, and tokens of a prompt, that a recording may ask for. A larger number is a mistake or a trap. */
export const MAX_ALLOCATED = 1_000_000;

export class Field {
  readonly value: unknown;
  readonly #parent: Field | undefined;
  readonly #key: string | number;

  /** @param parent - the field that holds it under `key`; undefined for the file. */
  constructor(value: unknown, parent?: Field, key: string | number = "") {
    this.value = value;
    this.#parent = parent;
    this.#key = key;
  }

  /** Where it stands in the file, such as `traces[3].ops[5].numNew`; empty for the file. */
  get path(): string {
    const before = this.#parent?.path ?? "";
    if (typeof this.#key === "number") return `${before}[${this.#key}]`;
    return before === "" ? this.#key : `${before}.${this.#key}`;
  }

  /** A field of this object; undefined if it is absent. A null is present. */
  find(key: string): Field | undefined {
    const object = this.#object();
    if (!Object.hasOwn(object, key)) return undefined;
    return new Field(object[key], this, key);
  }

  /** A field of this object, absent if it is null. */
  findValue(key: string): Field | undefined {
    const field = this.find(key);
    return field?.value === null ? undefined : field;
  }

  get(key: string): Field {
    const field = this.find(key);
    if (!field) {
      throw new MalformedRecording(
        this.path === "" ? `The file has no "${key}".` : `${this.path} has no "${key}".`,
      );
    }
    return field;
  }

  has(key: string): boolean {
    return this.find(key) !== undefined;
  }

  keys(): string[] {
    return Object.keys(this.#object());
  }

  entries(): [key: string, field: Field][] {
    return this.keys().map((key) => [key, this.get(key)]);
  }

  list(): Field[] {
    if (!Array.isArray(this.value)) throw this.#wrong("a list");
    return this.value.map((item: unknown, index) => new Field(item, this, index));
  }

  /** A whole number from 0, or from `least`. */
  count(least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
      throw this.#wrong(`a whole number from ${least}`);
    }
    if (value > most) throw this.#wrong(`at most ${most}`);
    return value;
  }

  number(): number {
    if (typeof this.value !== "number" || !Number.isFinite(this.value)) {
      throw this.#wrong("a number");
    }
    return this.value;
  }

  integer(): number {
    if (!Number.isSafeInteger(this.number())) throw this.#wrong("a whole number");
    return this.number();
  }

  text(): string {
    if (typeof this.value !== "string") throw this.#wrong("a text");
    return this.value;
  }

  flag(): boolean {
    if (typeof this.value !== "boolean") throw this.#wrong("true or false");
    return this.value;
  }

  /** One of a few texts. */
  oneOf<Text extends string>(texts: readonly Text[]): Text {
    const found = texts.find((text) => text === this.value);
    if (found === undefined) throw this.#wrong(`one of ${texts.join(", ")}`);
    return found;
  }

  /** A request's name, which some recordings give as a number. */
  name(): string {
    if (typeof this.value === "number") return String(this.integer());
    return this.text();
  }

  counts(): number[] {
    return this.list().map((item) => item.count());
  }

  /** Token ids. */
  tokens(): number[] {
    return this.list().map((item) => item.integer());
  }

  #object(): Readonly<Record<string, unknown>> {
    const { value } = this;
    if (!isRecord(value)) throw this.#wrong("an object");
    return value;
  }

  #wrong(wanted: string): MalformedRecording {
    const place = this.path === "" ? "The file" : this.path;
    return new MalformedRecording(`${place} must be ${wanted}, not ${shown(this.value)}.`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
