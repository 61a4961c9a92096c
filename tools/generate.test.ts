// What the headless runner refuses, and that it writes the recorded text where nothing is wrong.
import { afterEach, expect, test, vi } from "vitest";
import { goldenModel } from "../tests/engine/greedy.ts";
import { main } from "./generate.ts";

const { folder, runs } = goldenModel("stories-draft");
const { promptIds, ids } = runs[0]!;
const WORDS = "Once upon a time, there was a little girl named Lily.";

afterEach(() => vi.restoreAllMocks());

/** The object that a run on the CPU prints. */
async function generate(...args: string[]) {
  const print = vi.spyOn(console, "log").mockReturnValue();
  const fixed = ["--model", folder, "--backend", "cpu", "--greedy", "--json", "--tokens", "3"];
  expect(await main([...fixed, ...args])).toBe(0);
  const [line] = print.mock.lastCall ?? [];
  return JSON.parse(String(line));
}

test("a prompt in words and the same prompt in ids give the recorded tokens", async () => {
  const fromIds = await generate("--prompt-ids", promptIds.join(" "));
  expect(fromIds).toMatchObject({ promptIds, ids: ids.slice(0, 3) });
  const fromWords = await generate("--prompt", WORDS);
  expect(fromWords).toMatchObject({ promptIds, ids: ids.slice(0, 3) });
});

test("a heavier model is the nearest rung and writes the same tokens", async () => {
  const { model, ...heavy } = await generate("--prompt", WORDS, "--inflate", "4");
  expect(heavy).toMatchObject({ promptIds, ids: ids.slice(0, 3) });
  // Twice as wide: 1024·128 + 2 layers of (3·128·128 + 3·128·384 + 2·128) + 128.
  expect(model.numParameters).toBe(524_928);
});

test.each([
  [["--prompt", "Hello", "--prompt-ids", "1 2"], /^--prompt and --prompt-ids are two prompts/],
  [[], /^Give the prompt: --prompt TEXT, or --prompt-ids/],
  [["--prompt-ids", "1 x"], /^--prompt-ids takes a number; got "x"/],
  [["--prompt", "a", "--inflate", "0"], /about 1, 3, 9, 46, 80, 264 or 543 times.*got "0"/],
  [["--prompt", "a", "--inflate", "100000"], /264 or 543 times heavier.*got "100000"/],
  [["--prompt", "a", "--inflate=-3"], /got "-3"/],
  [["--prompt", "a", "--inflate", "much"], /^--inflate takes a number; got "much"/],
  [["--prompt", "a", "--cache", "no"], /^--cache takes on or off; got "no"/],
  [["--prompt", "a", "--batch", "65"], /1 to 64 sequences; got 65/],
])("%o is refused with a sentence", async (args, sentence) => {
  await expect(generate(...args)).rejects.toThrow(sentence);
});
