import { expect, test } from "vitest";
import { computeValue } from "./values.ts";

const textOf = (of: string, attributes: Record<string, string>) =>
  computeValue(of, attributes).text.replaceAll("\u00a0", " ");

test("499 tokens take 32 blocks of 16 and leave 13 slots empty", () => {
  // 32 · 16 = 512
  expect(textOf("kv-blocks", { tokens: "499", block: "16" })).toBe("32");
  expect(textOf("empty-slots", { tokens: "499", block: "16" })).toBe("13");
  expect(textOf("empty-slots", { tokens: "512", block: "16" })).toBe("0");
});

test("499 of 2,048 reserved slots are 24 %, and 15,696 slots hold 7 such regions or 30 of 512", () => {
  expect(textOf("reserved-share", { tokens: "499", reserved: "2048" })).toBe("24 %");
  expect(textOf("texts-that-fit", { slots: "15696", piece: "2048" })).toBe("7");
  expect(textOf("texts-that-fit", { slots: "15696", piece: "512" })).toBe("30");
});

test("half a block stays empty on average: 2.2 % of blocks of 16 behind 330 tokens, 28 % of 256", () => {
  // 7.5 / 337.5 and 127.5 / 457.5
  expect(textOf("block-waste", { tokens: "330", block: "16" })).toMatch(/^2(\.2)? %$/);
  expect(textOf("block-waste", { tokens: "330", block: "256" })).toBe("28 %");
});

test("a block of OPT-13B is 13.1 MB; a table entry is a 16,384th of what Llama 3.1 8B keeps for it", () => {
  // 16 · 819,200 B; 4 / (16 · 2 · 8 · 128 · 2) = 4 / 65,536
  expect(textOf("block-bytes", { model: "opt-13b", block: "16", bytes: "2" })).toBe("13.1 MB");
  expect(textOf("table-share", { model: "llama-3.1-8b", block: "16", bytes: "2" })).toMatch(
    /^0\.006 %$/,
  );
});

test("paging gains over the oracle, more over the longest reservation, and less than the tokens it stores", () => {
  const [overMost, overOracle] = ["orca-max", "orca-oracle"].map((over) =>
    parseFloat(textOf("paging-gain", { over })),
  );
  expect(overOracle).toBeGreaterThan(1.1);
  expect(overMost).toBeGreaterThan(overOracle!);
  // Kwon et al. 2023, figure 2: 96.3 % of the memory instead of 20.4 %; a step of more requests takes longer.
  expect(overMost).toBeLessThan(96.3 / 20.4);
  expect(() => textOf("paging-gain", { over: "orca" })).toThrow(/knows no policy "orca"/);
});
