// npm run replay: what it prints, and what it exits with.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { main } from "./replay.ts";

const folder = mkdtempSync(join(tmpdir(), "replay-"));
const EDGE = "tests/golden/serving/vllm_v1_scheduler_edge_traces.json";

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function run(...args: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  const log = vi.spyOn(console, "log").mockImplementation(keep);
  const error = vi.spyOn(console, "error").mockImplementation(keep);
  const code = await main(args);
  log.mockRestore();
  error.mockRestore();
  return { code, lines };
}

test("agreement is counted and exits with 0", async () => {
  expect(await run(EDGE)).toEqual({
    code: 0,
    lines: ["14 traces, 42 steps, 0 divergences"],
  });
  const { lines } = await run(EDGE, EDGE);
  expect(lines).toEqual([
    `${EDGE}: 14 traces, 42 steps, 0 divergences`,
    `${EDGE}: 14 traces, 42 steps, 0 divergences`,
    "together: 28 traces, 84 steps, 0 divergences",
  ]);
});

test("the first difference is told and exits with 1, whatever other files hold", async () => {
  const changed = readFileSync(EDGE, "utf8").replace('"waiting": ["r02"]', '"waiting": ["r09"]');
  const file = write("changed.json", changed.replace('"waiting":["r02"]', '"waiting":["r09"]'));
  const { code, lines } = await run(file, EDGE);
  expect(code).toBe(1);
  expect(lines[0]).toMatch(
    /Trace sched-\d+, step \d+, field sched\.waiting: expected \["r09"\], got \["r02"\]/,
  );
  expect(lines[1]).toContain("0 divergences");
});

test("a difference exits with 1, whether a bad file stands before or after it", async () => {
  const changed = readFileSync(EDGE, "utf8").replace('"waiting":["r02"]', '"waiting":["r09"]');
  const differing = write("differing.json", changed);
  const bad = write("bad.json", '{"traces": []}');
  expect((await run(differing, bad)).code).toBe(1);
  expect((await run(bad, differing)).code).toBe(1);
  const { code, lines } = await run(bad, EDGE);
  expect(code).toBe(2);
  expect(lines[0]).toBe(`${bad}: The file holds no trace: there is nothing to compare.`);
});

test("a file that is no recording is told in a sentence and exits with 2", async () => {
  const files = [
    write("noise.json", "noise ".repeat(1_700_000)),
    write("nested.json", `{"traces": ${"[".repeat(5000)}${"]".repeat(5000)}}`),
    write("empty.json", ""),
    write("other.json", "{}"),
    "/no/such/file",
  ];
  for (const file of files) {
    const { code, lines } = await run(file);
    expect(code).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /: (The file (is not JSON|is no recording|cannot be read)|traces\[0\] must be an object)/,
    );
    expect(lines[0]!.length).toBeLessThan(300);
  }
});

test("without a file it says how it is used", async () => {
  expect((await run()).code).toBe(2);
  expect((await run("--help")).lines[0]).toContain("npm run replay -- FILE");
});
