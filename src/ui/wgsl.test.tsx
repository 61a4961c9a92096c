import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { highlightWgsl } from "./wgsl.tsx";

const SOURCES = import.meta.glob<string>("../../shaders/*/*.wgsl", {
  query: "?raw",
  import: "default",
  eager: true,
});

function strip(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&");
}

test("colouring a shader changes none of its characters", () => {
  expect(Object.keys(SOURCES).length).toBeGreaterThan(5);
  for (const [path, source] of Object.entries(SOURCES)) {
    expect(strip(renderToStaticMarkup(<>{highlightWgsl(source)}</>)), path).toBe(source);
  }
});

test("a keyword inside a comment stays part of the comment", () => {
  expect(renderToStaticMarkup(<>{highlightWgsl("// let it be\nlet x = 1u;")}</>)).toBe(
    '<span class="wgsl-comment">// let it be</span>\n<span class="wgsl-keyword">let</span> x = <span class="wgsl-number">1u</span>;',
  );
});
