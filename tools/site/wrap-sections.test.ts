import { expect, test } from "vitest";
import { wrapSections } from "./wrap-sections.ts";

const element = (tagName: string) => ({ type: "element", tagName, children: [] });

const part = { type: "element", tagName: "section", properties: { className: ["part"] } };

test("each h2 opens a section that holds all up to the next, and what comes first stays", () => {
  const [lede, one, p, figure, two] = ["p", "h2", "p", "div", "h2"].map(element);
  const esm = { type: "mdxjsEsm" };
  const tree = { type: "root", children: [esm, lede, one, p, figure, two].map((node) => node!) };
  wrapSections()(tree);
  expect(tree.children).toEqual([
    esm,
    lede,
    { ...part, children: [one, p, figure] },
    { ...part, children: [two] },
  ]);
});

test("a page without an h2 is left alone", () => {
  const tree = { type: "root", children: [element("h3"), element("p")] };
  const before = structuredClone(tree);
  wrapSections()(tree);
  expect(tree).toEqual(before);
});
