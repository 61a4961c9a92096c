// A run's block tables, read back from a WebGPU device, which holds them where the CPU twins do.
import { expect, test } from "vitest";
import { modelFolder } from "../../tools/model-files.ts";
import { openTestBackend } from "../../tools/node-engine.ts";
import { EngineCore } from "./engine-core.ts";
import { DEFAULT_PATH, type BackendKind, type BlockTablesReport } from "./engine.ts";

async function reportsOf(backend: BackendKind): Promise<BlockTablesReport[]> {
  const engine = new EngineCore(openTestBackend);
  try {
    await engine.open({ backend });
    await engine.load({ source: await modelFolder("public/models/stories-draft") });
    const { runId } = await engine.start({
      prompts: [Array.from({ length: 15 }, (_, index) => index + 3), [5], [6, 7, 8]],
      numNewTokens: 18,
      path: { ...DEFAULT_PATH, kvLayout: "paged" },
      sampling: { kind: "greedy" },
      stopTokens: [],
    });
    const reports = [await engine.blockTables(runId)];
    for (const numSteps of [1, 2, 15]) {
      await engine.advance(runId, numSteps);
      reports.push(await engine.blockTables(runId));
    }
    return reports;
  } finally {
    await engine.close();
  }
}

/** Which block is whose depends on how many steps a submission holds, so on the device's speed; how many does not. */
const countsOf = ({ blockSize, numBlocks, numFreeBlocks, sequences }: BlockTablesReport) => ({
  blockSize,
  numBlocks,
  numFreeBlocks,
  sequences: sequences.map(({ blockIds, ...counts }) => ({ ...counts, held: blockIds.length })),
});

test("a WebGPU device and the CPU twins hold as many blocks after the same steps", async ({
  skip,
}) => {
  const opened = await openTestBackend("webgpu");
  if (opened.kind === "absent") return skip(opened.reason);
  opened.backend.close();
  const [gpu, cpu] = [await reportsOf("webgpu"), await reportsOf("cpu")];
  expect(gpu.map(countsOf)).toEqual(cpu.map(countsOf));
  for (const { numBlocks, numFreeBlocks, sequences } of gpu) {
    const held = sequences.flatMap(({ blockIds }) => blockIds);
    expect(new Set(held).size).toBe(held.length);
    expect(held.length + numFreeBlocks).toBe(numBlocks);
  }
  // 15 + 1 + 2 = 18 tokens opened a second block, the first that was free; at the end 33, 19 and 21 tokens.
  expect(gpu[2]!.sequences[0]!.blockIds).toEqual([0, 3]);
  expect(gpu.at(-1)!.sequences.map(({ blockIds }) => blockIds.length)).toEqual([3, 2, 2]);
  return undefined;
});
