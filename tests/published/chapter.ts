// The prose of a chapter, for figures that only prose states.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

const CHAPTERS = join(import.meta.dirname, "../../content/chapters");

/**
 * The chapter says so, word for word; a failure names the words and not the whole chapter.
 *
 * @param folder - name below `content/chapters`.
 */
export function expectQuoted(folder: string, words: string): void {
  const prose = readFileSync(join(CHAPTERS, folder, "index.mdx"), "utf8");
  // No-break spaces and ends of lines are spaces here.
  expect(prose.replaceAll(/\s+/g, " ").includes(words), `${folder} says: ${words}`).toBe(true);
}
