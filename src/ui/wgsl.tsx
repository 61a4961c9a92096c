// Colours a shader's words for reading. Knows only what a word looks like, not what it means.
import type { ReactNode } from "react";

const TOKENS =
  /(?<comment>\/\/[^\n]*)|(?<attribute>@\w+)|(?<number>\b\d[\w.]*)|(?<word>\b[A-Za-z_]\w*)/g;

const KEYWORDS = new Set(
  "fn var let const override struct return if else for while loop break continue switch case default alias enable requires diagnostic true false".split(
    " ",
  ),
);
const TYPE =
  /^(f16|f32|i32|u32|bool|atomic|array|ptr|vec[234]\w*|mat[234]x[234]\w*|storage|uniform|workgroup|private|function|read|write|read_write)$/;

function classOf(groups: Readonly<Record<string, string | undefined>>): string | undefined {
  if (groups["comment"] !== undefined) return "wgsl-comment";
  if (groups["attribute"] !== undefined) return "wgsl-attribute";
  if (groups["number"] !== undefined) return "wgsl-number";
  const word = groups["word"] ?? "";
  if (KEYWORDS.has(word)) return "wgsl-keyword";
  return TYPE.test(word) ? "wgsl-type" : undefined;
}

/** The source as text and coloured spans, character for character. */
export function highlightWgsl(source: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of source.matchAll(TOKENS)) {
    const className = classOf(match.groups ?? {});
    if (className === undefined) continue;
    parts.push(source.slice(end, match.index));
    parts.push(
      <span key={match.index} className={className}>
        {match[0]}
      </span>,
    );
    end = match.index + match[0].length;
  }
  parts.push(source.slice(end));
  return parts;
}
