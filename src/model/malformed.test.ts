// Model files that were cut, turned over or grown wrong: each is refused with a sentence, in good time, and leaves
// nothing behind.
import { Script } from "node:vm";
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  double,
  nat,
  oneof,
  property,
  record,
  type Arbitrary,
} from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { modelFolder } from "../../tools/model-files.ts";
import { CpuBackend } from "../gpu/cpu-backend.ts";
import { parseConfig } from "./config.ts";
import { deviceWeightBytes } from "./device-model.ts";
import { EngineCore } from "./engine-core.ts";
import { EngineError } from "./engine.ts";
import { getFile, openFolder, type ModelFolder } from "./folder.ts";
import { readSafetensorsHeader } from "./safetensors.ts";
import { createCodec } from "./tokenizer.ts";
import { openWeights } from "./weights.ts";

const LIMIT_MS = 2000;
/** Milliseconds for a whole test: a second or four on a quiet machine. */
const PATIENCE = { timeout: 300_000 };
const MANY = { numRuns: 4000 };
/** For what takes a millisecond or more a file. */
const SOME = { numRuns: 400 };

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Stand in a tree for what JSON.stringify would not write, or not survive. */
const INFINITE = "@infinite@";
const DEEP = "@deep@";
const WRITTEN = { [INFINITE]: "1e999", [DEEP]: "[".repeat(5000) + "]".repeat(5000) };

const strange: Arbitrary<Json> = oneof(
  constantFrom<Json[]>(
    null,
    true,
    "",
    "0",
    "__proto__",
    "F64",
    "../../etc",
    "x".repeat(70_000),
    INFINITE,
    [],
    [[]],
    [null],
    {},
    { toString: 1, valueOf: 1 },
    { type: "Sequence" },
    DEEP,
  ),
  constantFrom<Json[]>(-1, -0, 0, 0.5, 1, 2, 3, 7, 255, 2 ** 31, 2 ** 31 + 1, 2 ** 53, 1e300),
  double({ noNaN: true, noDefaultInfinity: true }),
);

interface Change {
  /** Which of a tree's nodes, counted round. */
  readonly node: number;
  readonly act: "replace" | "delete" | "rename" | "add";
  readonly value: Json;
}

const changes = array(
  record<Change>({
    node: nat(),
    act: constantFrom<Change["act"][]>("replace", "replace", "delete", "rename", "add"),
    value: strange,
  }),
  { minLength: 1, maxLength: 3 },
);

interface Slot {
  readonly parent: Json[] | { [key: string]: Json };
  readonly key: string;
}

function slotsOf(value: Json): Slot[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    { parent: value, key },
    ...slotsOf(inner),
  ]);
}

function put({ parent, key }: Slot, value: Json): void {
  Object.defineProperty(parent, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function applyChange(tree: Json, { node, act, value }: Change): Json {
  const slots = slotsOf(tree);
  const slot = slots[node % (slots.length + 1)];
  if (slot === undefined) return act === "replace" ? value : tree;
  const name = typeof value === "string" ? value : "added";
  const old: Json = Reflect.get(slot.parent, slot.key);
  if (act === "replace") put(slot, value);
  else if (act === "add") put({ parent: slot.parent, key: name }, value);
  else if (Array.isArray(slot.parent)) slot.parent.splice(Number(slot.key), 1);
  else Reflect.deleteProperty(slot.parent, slot.key);
  if (act === "rename") put({ parent: slot.parent, key: name }, old);
  return tree;
}

function write(tree: Json): string {
  return JSON.stringify(tree).replaceAll(
    /"(@infinite@|@deep@)"/g,
    (_, name: keyof typeof WRITTEN) => WRITTEN[name],
  );
}

/** A JSON text whose tree was changed here and there. Each change gets a value of its own, since the next may alter it. */
function regrow(text: string, list: readonly Change[]): string {
  const tree = list.reduce<Json>(
    (grown, change) => applyChange(grown, { ...change, value: structuredClone(change.value) }),
    JSON.parse(text),
  );
  return write(tree);
}

interface Cut {
  readonly at: number;
  readonly act: "flip" | "cut" | "drop" | "double";
  readonly byte: number;
}

const cuts = array(
  record<Cut>({
    at: nat(),
    act: constantFrom<Cut["act"][]>("flip", "flip", "cut", "drop", "double"),
    byte: nat(255),
  }),
  { minLength: 1, maxLength: 3 },
);

/** A file with bytes changed, cut off, left out or repeated. */
function damage(whole: Uint8Array, list: readonly Cut[]): Uint8Array<ArrayBuffer> {
  let data = Uint8Array.from(whole);
  for (const { at, act, byte } of list) {
    const index = at % Math.max(1, data.length);
    if (act === "flip" && data.length > 0) data[index] = byte;
    else if (act === "cut") data = data.slice(0, index);
    else {
      const rest = act === "drop" ? index + 1 : Math.max(0, index - byte);
      data = Uint8Array.from([...data.subarray(0, index), ...data.subarray(rest)]);
    }
  }
  return data;
}

function damageText(text: string, list: readonly Cut[]): string {
  return new TextDecoder().decode(damage(new TextEncoder().encode(text), list));
}

/** Nothing but an EngineError of this kind, whose message is a sentence or two. */
function expectSentence(error: unknown, codes: readonly string[] = ["bad-model"]): void {
  if (!(error instanceof EngineError) || !codes.includes(error.code)) throw error;
  if (!/^(?:config|model|tokenizer|The|Tensor|Two|This)[^\0]{15,500}[.?]$/.test(error.message)) {
    throw new Error(`This is no sentence: ${error.message.slice(0, 1000)}`);
  }
}

const limited = new Script("globalThis.taskWithLimit()");

/** For code that we did not write: runs a task that waits for nothing; ends it with an error that is no EngineError after two seconds. */
function within<Result>(task: () => Result): Result {
  Reflect.set(globalThis, "taskWithLimit", task);
  return limited.runInThisContext({ timeout: LIMIT_MS });
}

/** What a task gives, or undefined where it was refused with a sentence. */
function attempt<Result>(task: () => Result): Result | undefined {
  try {
    return task();
  } catch (error) {
    expectSentence(error);
    return undefined;
  }
}

async function textOf(path: string, file: string): Promise<string> {
  return (await getFile(openFolder(await modelFolder(path)), file)).text();
}

function checkConfig(text: string): void {
  const start = performance.now();
  const config = attempt(() => parseConfig(text));
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
  if (config === undefined) return;
  const { isTied: _, ...sizes } = config.shape;
  for (const size of Object.values(sizes))
    expect(Number.isInteger(size) && Number(size) >= 1).toBe(true);
  expect(config.shape.headWidth).toBeLessThanOrEqual(256);
  expect(config.ropeTheta).toBeGreaterThan(0);
  expect(deviceWeightBytes(config.shape)).toBeGreaterThan(0);
}

describe("config.json", () => {
  const texts: string[] = [];
  beforeAll(async () => {
    for (const name of ["llama3-rope", "linear-rope-parameters", "f32-shards"]) {
      texts.push(await textOf(`tests/golden/folders/${name}`, "config.json"));
    }
  });

  test("4,000 regrown ones are read or refused with a sentence", PATIENCE, () => {
    const regrown = property(nat(), changes, (which, list) =>
      checkConfig(regrow(texts[which % texts.length]!, list)),
    );
    assert(regrown, MANY);
  });

  test("4,000 damaged ones are read or refused with a sentence", PATIENCE, () => {
    const damaged = property(nat(), cuts, (which, list) =>
      checkConfig(damageText(texts[which % texts.length]!, list)),
    );
    assert(damaged, MANY);
  });
});

/** The bytes of a safetensors file with this header. */
function withHeader(header: string, numBytes: number): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + numBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

async function checkTensors(data: Uint8Array<ArrayBuffer>): Promise<void> {
  const start = performance.now();
  try {
    const entries = await readSafetensorsHeader(new Blob([data]));
    // What was accepted lies within the file, one after the other.
    const ends = [...entries.values()].map(({ end }) => end);
    expect(Math.max(0, ...ends)).toBeLessThanOrEqual(data.length);
  } catch (error) {
    expectSentence(error);
  }
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
}

describe("model.safetensors", () => {
  let header = "";
  let numBytes = 0;
  beforeAll(async () => {
    const folder = openFolder(await modelFolder("tests/golden/folders/f32-shards"));
    const file = await getFile(folder, "model-00001-of-00003.safetensors");
    const start = Number(new DataView(await file.slice(0, 8).arrayBuffer()).getBigUint64(0, true));
    header = await file.slice(8, 8 + start).text();
    numBytes = file.size - 8 - start;
  });

  test("4,000 regrown headers are read or refused with a sentence", PATIENCE, async () => {
    const regrown = asyncProperty(changes, (list) =>
      checkTensors(withHeader(regrow(header, list), numBytes)),
    );
    await assert(regrown, MANY);
  });

  test("4,000 damaged headers are read or refused with a sentence", PATIENCE, async () => {
    const damaged = asyncProperty(cuts, nat(), (list, seed) => {
      // Half of them keep the length word right, so that what lies behind it is reached.
      const isLengthKept = seed % 2 === 0;
      const whole = withHeader(header, 0);
      return checkTensors(
        isLengthKept ? withHeader(damageText(header, list), numBytes) : damage(whole, list),
      );
    });
    await assert(damaged, MANY);
  });

  test.each([
    ["F9".repeat(40_000), /has type (?:F9){40}…\. Allowed/],
    [{ toString: 1 }, /has type that is no text\. Allowed/],
    [DEEP, /has type that is no text\. Allowed/],
  ])("a type that is no type is quoted shortly", async (dtype, sentence) => {
    const tensor = { dtype, shape: [1], data_offsets: [0, 4] };
    const file = new Blob([withHeader(write({ tensor }), 4)]);
    await expect(readSafetensorsHeader(file)).rejects.toThrow(sentence);
  });

  test("a tensor in two shards is refused", async () => {
    const tensor = { dtype: "F32", shape: [1], data_offsets: [0, 4] };
    const shard = new Blob([withHeader(JSON.stringify({ tensor }), 4)]);
    const index = new Blob([JSON.stringify({ weight_map: { tensor: "a", other: "b" } })]);
    const files = { "model.safetensors.index.json": index, a: shard, b: shard };
    const opened = openWeights(openFolder({ kind: "files", files }));
    await expect(opened).rejects.toThrow('Two shards hold a tensor "tensor".');
  });
});

describe("model.safetensors.index.json", () => {
  test("400 regrown or damaged ones are read or refused with a sentence", PATIENCE, async () => {
    const folder = openFolder(await modelFolder("tests/golden/folders/f32-shards"));
    const text = await (await getFile(folder, "model.safetensors.index.json")).text();
    const withIndex = (index: string): ModelFolder => ({
      ...folder,
      find: async (name) =>
        name === "model.safetensors.index.json" ? new Blob([index]) : folder.find(name),
    });
    const broken = asyncProperty(changes, cuts, nat(), async (list, cutList, seed) => {
      const index = seed % 2 === 0 ? regrow(text, list) : damageText(text, cutList);
      await openWeights(withIndex(index)).catch(expectSentence);
    });
    await assert(broken, SOME);
  });
});

describe("tokenizer.json", () => {
  const WORDS = "Once upon a time <s> é 12";
  let text = "";
  /** The story model's, with its first 300 tokens: a small file of the same form. */
  beforeAll(async () => {
    const tree = JSON.parse(await textOf("public/models/stories-draft", "tokenizer.json"));
    const vocab = Object.entries(tree.model.vocab).filter(([, id]) => Number(id) < 300);
    const known = new Set(vocab.map(([token]) => token));
    tree.model.vocab = Object.fromEntries(vocab);
    tree.model.merges = tree.model.merges.filter((merge: string | string[]) =>
      known.has([merge].flat().join("").replaceAll(" ", "")),
    );
    text = JSON.stringify(tree);
    // The library tells the console of patterns that it does not know.
    vi.spyOn(console, "warn").mockReturnValue();
  });
  afterAll(() => vi.restoreAllMocks());

  function check(broken: string): void {
    const codec = attempt(() => createCodec(broken, "{}"));
    if (codec === undefined) return;
    const ids = attempt(() => codec.encode(WORDS));
    const words = attempt(() => codec.decode(ids ?? [1, 2, 299, 5000]));
    if (words !== undefined) expect(typeof words).toBe("string");
  }

  test("400 regrown ones work or are refused with a sentence", PATIENCE, () => {
    assert(
      property(changes, (list) => within(() => check(regrow(text, list)))),
      SOME,
    );
  });

  test("400 damaged ones work or are refused with a sentence", PATIENCE, () => {
    assert(
      property(cuts, (list) => within(() => check(damageText(text, list)))),
      SOME,
    );
  });
});

describe("a folder with a broken file", () => {
  const NAMES = [
    "config.json",
    "model.safetensors.index.json",
    "model-00001-of-00003.safetensors",
    "model-00003-of-00003.safetensors",
  ];
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  beforeAll(async () => {
    const source = await modelFolder("tests/golden/folders/f32-shards");
    if (source.kind !== "files") throw new Error("A folder on disk is a list of files.");
    for (const [name, file] of Object.entries(source.files)) {
      files.set(name, new Uint8Array(await file.arrayBuffer()));
    }
  });

  function breakFile(name: string, list: readonly Change[], cutList: readonly Cut[]): Blob {
    const data = files.get(name)!;
    if (!name.endsWith(".json")) return new Blob([damage(data, cutList)]);
    return new Blob([regrow(new TextDecoder().decode(data), list)]);
  }

  test("400 of them load whole, or not at all", PATIENCE, async () => {
    const backend = new CpuBackend();
    const engine = new EngineCore(async () => ({ kind: "ready", backend }));
    await engine.open({ backend: "cpu" });
    const outcome = { loaded: 0, refused: 0 };
    const broken = asyncProperty(constantFrom(...NAMES), changes, cuts, async (name, ...lists) => {
      const whole = [...files].map(([key, data]) => [key, new Blob([data])] as const);
      const folder = { ...Object.fromEntries(whole), [name]: breakFile(name, ...lists) };
      const start = performance.now();
      try {
        const report = await engine.load({ source: { kind: "files", files: folder } });
        expect(backend.liveBytes).toBe(report.weightBytes);
        outcome.loaded++;
      } catch (error) {
        expectSentence(error, ["bad-model", "out-of-memory"]);
        outcome.refused++;
        const { liveBytes } = await engine.memory();
        // Refused before the model that was loaded was touched, or with nothing left of either.
        if (liveBytes > 0) await engine.inspect({ tokens: [1, 2], layer: 0, head: 0 });
      }
      expect(performance.now() - start).toBeLessThan(LIMIT_MS);
    });
    await assert(broken, SOME);
    expect(outcome.loaded).toBeGreaterThan(25);
    expect(outcome.refused).toBeGreaterThan(250);
    await engine.close();
    expect(backend.numLiveArrays).toBe(0);
  });
});
