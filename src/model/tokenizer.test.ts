// The models' tokenizer against ids that another implementation recorded (tools/train/tokenizer.py).
import { beforeAll, expect, test } from "vitest";
import cases from "../../tests/golden/tokenizer-cases.json" with { type: "json" };
import { modelFolder } from "../../tools/model-files.ts";
import { openFolder } from "./folder.ts";
import { openTokenizer, type TextCodec } from "./tokenizer.ts";

const MODELS = ["stories-1m", "stories-draft"];

/** Every text begins a story; the recorded ids are those of the words alone. */
const BEGINNING = 1;

const codecs = new Map<string, TextCodec | undefined>();
beforeAll(async () => {
  for (const name of MODELS) {
    const folder = openFolder(await modelFolder(`public/models/${name}`));
    codecs.set(name, await openTokenizer(folder));
  }
});

test("there are cases of words, digits, spaces, other scripts and emoji", () => {
  expect(cases).toHaveLength(46);
});

test.each(MODELS)("%s: every recorded text has its recorded ids", (name) => {
  const codec = codecs.get(name)!;
  for (const { text, ids } of cases) {
    expect(codec.encode(text), JSON.stringify(text)).toEqual([BEGINNING, ...ids]);
  }
});

test.each(MODELS)(
  "%s: every recorded list of ids is its text again, with and without the beginning",
  (name) => {
    const codec = codecs.get(name)!;
    for (const { text, ids } of cases) {
      expect(codec.decode(ids)).toBe(text);
      expect(codec.decode([BEGINNING, ...ids])).toBe(text);
    }
  },
);
