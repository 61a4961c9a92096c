import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LONGEST_DISPATCH_TEXT } from "./choose-kernel.ts";

test("the page states the longest dispatch that a size is chosen for, as the code has it", () => {
  const page = readFileSync(join(import.meta.dirname, "../../content/gpu.mdx"), "utf8");
  expect(page).toContain(`hold the device for more than ${LONGEST_DISPATCH_TEXT}`);
});
