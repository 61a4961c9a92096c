// The Vite plugins that every build of the project shares: the site, the tests, the headless tools.
import mdx from "@mdx-js/rollup";
import react from "@vitejs/plugin-react";
import remarkGfm from "remark-gfm";
import type { PluginOption } from "vite";
import { keepPunctuation } from "./keep-punctuation.ts";
import { wrapSections } from "./wrap-sections.ts";

type MdxPlugins = NonNullable<NonNullable<Parameters<typeof mdx>[0]>["remarkPlugins"]>;

export function sitePlugins(): PluginOption[] {
  const remarkPlugins = [remarkGfm, [keepPunctuation, { names: ["Value"] }]] satisfies MdxPlugins;
  return [{ enforce: "pre", ...mdx({ remarkPlugins, rehypePlugins: [wrapSections] }) }, react()];
}
