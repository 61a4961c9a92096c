// What must hold of the prose as a whole: no dead link, no quiz without an answer, no chapter without its parts.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REFERENCES } from "./references.ts";

const root = import.meta.dirname;

interface Page {
  /** Path below `content/`. */
  readonly path: string;
  readonly text: string;
}

function pagesBelow(folder: string): Page[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".mdx"))
    .map((name) => {
      const path = join(folder, name);
      return { path, text: readFileSync(join(root, path), "utf8") };
    });
}

const pages = pagesBelow(".");
const glossary = pagesBelow("glossary");
const chapters = pagesBelow("chapters");

function attributes(text: string, tag: string, name: string): string[] {
  const pattern = new RegExp(`<${tag}\\s[^>]*?\\b${name}="([^"]+)"`, "g");
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? "");
}

function metaString({ text }: Page, name: string): string | undefined {
  return new RegExp(`^\\s+${name}:\\s+"([^"]+)"`, "m").exec(text)?.[1];
}

test("the content is there", () => {
  expect(glossary.length).toBeGreaterThan(30);
  expect(chapters.length).toBeGreaterThan(1);
});

test("every term that is linked has an entry, and its id is its file's name", () => {
  const ids = new Set(glossary.map((entry) => metaString(entry, "id")));
  for (const entry of glossary) {
    expect(entry.path).toBe(join("glossary", `${metaString(entry, "id")}.mdx`));
  }
  for (const { path, text } of pages) {
    for (const id of attributes(text, "Term", "id")) expect(ids, `${path}: ${id}`).toContain(id);
  }
});

test("every citation is in the references, and every reference is cited", () => {
  const cited = new Set<string>();
  for (const { path, text } of pages) {
    for (const id of attributes(text, "Cite", "id")) {
      expect(Object.keys(REFERENCES), `${path}: ${id}`).toContain(id);
      cited.add(id);
    }
  }
  expect([...cited].toSorted()).toEqual(Object.keys(REFERENCES).toSorted());
});

test("an arXiv reference links to the paper that its venue names", () => {
  for (const { venue, url } of Object.values(REFERENCES)) {
    expect(url).toMatch(/^https:\/\//);
    const paper = /arXiv (\d{4}\.\d{5})/.exec(venue)?.[1];
    if (paper !== undefined) expect(url).toBe(`https://arxiv.org/abs/${paper}`);
  }
});

test("a chapter's folder is its number and slug, and it has what a chapter has", () => {
  for (const chapter of chapters) {
    const number = /number: (\d+)/.exec(chapter.text)?.[1] ?? "";
    const folder = `${number.padStart(2, "0")}-${metaString(chapter, "slug")}`;
    expect(chapter.path).toBe(join("chapters", folder, "index.mdx"));
    const headings = Array.from(chapter.text.matchAll(/^## (.+)$/gm), (match) => match[1]);
    const wanted = ["The experiment", "Where it breaks", "Check yourself", "Next", "Sources"];
    expect(headings).toEqual(expect.arrayContaining(wanted));
    expect(attributes(chapter.text, "ClaimCard", "of").length).toBeGreaterThanOrEqual(1);
    expect(chapter.text).not.toMatch(/^(import|# )/m);
  }
});

test("every question has one right choice, and every choice has feedback", () => {
  for (const { path, text } of chapters) {
    const questions = text.split("<Question ").slice(1);
    expect(questions.length, path).toBeGreaterThanOrEqual(4);
    for (const question of questions) {
      const choices = question.match(/<Choice [^>]*>.*<\/Choice>/g) ?? [];
      expect(choices.length).toBeGreaterThanOrEqual(3);
      expect(choices.filter((choice) => choice.startsWith("<Choice correct "))).toHaveLength(1);
      for (const choice of choices) expect(choice).toMatch(/>[^<]{20,}<\/Choice>$/);
    }
  }
});
