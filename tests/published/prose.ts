// Published figures that the chapters quote or that a constant restates: reading speed, hidden widths, Rufus.
import { expect } from "vitest";
import {
  readingSpeed,
  TOKENS_PER_WORD,
  WORDS_PER_MINUTE,
} from "../../src/core/serving/reading-speed.ts";
import { expectQuoted } from "./chapter.ts";
import { expectPrinted, figuresIn, type Check } from "./check.ts";

export const PROSE_CHECKS: readonly Check[] = [
  {
    group: "reading_speed",
    fact: "people read 238 words a minute, 5.3 tokens a second, in the code and in the chapter",
    check: ({ reading_speed: speed }) => {
      expect(WORDS_PER_MINUTE).toBe(speed.words_per_minute);
      expect(TOKENS_PER_WORD).toBe(speed.tokens_per_word);
      expectPrinted(readingSpeed(), speed.tokens_per_second);
      expectQuoted("07-batching", `${speed.words_per_minute} words a minute`);
      expectQuoted("07-batching", `${speed.tokens_per_word} tokens a word`);
    },
  },
  {
    group: "tile_and_wave_quantization",
    fact: "the chapter's table of hidden widths has the rates that were measured on an H100",
    check: ({ tile_and_wave_quantization: { measured_by_others: sentence } }) => {
      const [width, ...pairs] = figuresIn(sentence);
      expectQuoted("12-model-shapes", `<Value of="swiglu-width" width="${width}" />`);
      expect(pairs).toHaveLength(6);
      for (const [index, hidden] of pairs.entries()) {
        if (index % 2 === 1) continue;
        expectQuoted(
          "12-model-shapes",
          `<Value of="power-of-two" size="${hidden}" /> | ${pairs[index + 1]} TFLOP/s |`,
        );
      }
    },
  },
  {
    group: "tile_and_wave_quantization",
    fact: "the chapter gives the shape rules with the paper's figures",
    check: ({ tile_and_wave_quantization: { shape_rules: sentence } }) => {
      const [multiple, above, below, gain] = figuresIn(sentence);
      expectQuoted("12-model-shapes", `Make the vocabulary a multiple of ${multiple}.`);
      expectQuoted("12-model-shapes", `search near ${above}/${below} instead`);
      expectQuoted("12-model-shapes", `up to ${gain} % more throughput`);
    },
  },
  {
    group: "rufus",
    fact: "the chapter quotes Amazon's figures of Rufus",
    check: ({ rufus }) => {
      const [chips] = figuresIn(rufus.chips);
      const makes = rufus.chips.replace(/^over [\d,]+ /, "");
      expectQuoted("10-vllm", `over ${chips} of Amazon’s own ${makes} chips`);
      expectQuoted("10-vllm", rufus.cost.replace("the other solutions evaluated", "the other"));
      expect(rufus.cost).toMatch(/ the other solutions evaluated$/);
      expectQuoted("10-vllm", rufus.latency.replace("response", "responses"));
    },
  },
];
