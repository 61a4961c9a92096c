// Builds the site into dist: the scripts and styles with Vite, then every page as HTML.
//   node tools/run.mjs tools/site/build.ts [--out DIR] [--base /path/] [--allow-missing]
// The site runs under any path; --base is for 404.html alone, which a host shows in place of pages at any depth.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build, type Manifest, type ManifestChunk } from "vite";
import type { IslandFiles } from "../../src/chapters/page-notes.ts";
import { WIDGETS } from "../../src/chapters/registry.ts";
import { renderPages, type SiteInput } from "../../src/site/pages.tsx";

const ROOT = join(import.meta.dirname, "../..");
const LOADER = "src/site/main.ts";
const ISLANDS = "src/site/islands.ts";
const NOTEBOOK = "src/site/notebook/entry.tsx";

/** The declaration of each widget, by id. */
async function findWidgetFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const id of WIDGETS.keys()) {
    const folder = `src/widgets/${id}`;
    const name = (await readdir(join(ROOT, folder))).find((file) => /^widget\.tsx?$/.test(file));
    if (name !== undefined) files.set(id, `${folder}/${name}`);
  }
  return files;
}

async function buildScripts(outDir: string, entries: readonly string[]): Promise<Manifest> {
  // The pages are rendered by React's development build, which is loaded by now; browsers get the other one.
  process.env["NODE_ENV"] = "production";
  await build({
    root: ROOT,
    configFile: join(ROOT, "vite.config.ts"),
    mode: "production",
    logLevel: "warn",
    build: {
      outDir,
      emptyOutDir: true,
      manifest: true,
      target: "es2023",
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: entries.map((entry) => join(ROOT, entry)),
        preserveEntrySignatures: "exports-only",
      },
    },
  });
  const text = await readFile(join(outDir, ".vite/manifest.json"), "utf8");
  // Written by Vite in the line above.
  const manifest: Manifest = JSON.parse(text);
  return manifest;
}

function getChunk(manifest: Manifest, source: string): ManifestChunk {
  const chunk = manifest[source];
  if (chunk === undefined) throw new Error(`The build made nothing from ${source}.`);
  return chunk;
}

/** A chunk's static imports, all the way down, as addresses from the site's root. */
function withImports(manifest: Manifest, source: string, seen = new Set<string>()): Set<string> {
  const { file, imports = [] } = getChunk(manifest, source);
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const name of imports) withImports(manifest, name, seen);
  return seen;
}

/** What the mount of a widget will ask for: the frame, the declaration, the view, and what they import. */
function islandFiles(manifest: Manifest, source: string): IslandFiles {
  const chunk = getChunk(manifest, source);
  const needed = new Set([...withImports(manifest, ISLANDS), ...withImports(manifest, source)]);
  for (const view of chunk.dynamicImports ?? []) withImports(manifest, view, needed);
  needed.delete(chunk.file);
  return { module: chunk.file, preload: [...needed] };
}

async function readKernels(): Promise<Map<string, string>> {
  const kernels = new Map<string, string>();
  const names = await readdir(join(ROOT, "shaders"), { recursive: true });
  for (const name of names.filter((file) => file.endsWith(".wgsl"))) {
    kernels.set(name.replace(/\.wgsl$/, ""), await readFile(join(ROOT, "shaders", name), "utf8"));
  }
  return kernels;
}

function outputFile(path: string): string {
  return path.endsWith("/") ? `${path}index.html` : path;
}

export interface BuildOptions {
  readonly outDir: string;
  readonly base: string;
  readonly allowMissing: boolean;
}

export async function buildSite({ outDir, base, allowMissing }: BuildOptions): Promise<void> {
  const widgetFiles = await findWidgetFiles();
  const manifest = await buildScripts(outDir, [LOADER, ISLANDS, NOTEBOOK, ...widgetFiles.values()]);
  const [style] = getChunk(manifest, LOADER).css ?? [];
  if (style === undefined) throw new Error("The build made no style sheet.");
  const input: SiteInput = {
    files: {
      styles: await readFile(join(outDir, style), "utf8"),
      script: getChunk(manifest, LOADER).file,
      islands: getChunk(manifest, ISLANDS).file,
    },
    islands: new Map([...widgetFiles].map(([id, source]) => [id, islandFiles(manifest, source)])),
    notebookScript: getChunk(manifest, NOTEBOOK).file,
    kernels: await readKernels(),
    allowMissing,
    base,
  };
  for (const { path, html, warnings } of renderPages(input)) {
    const file = join(outDir, outputFile(path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, html);
    for (const warning of warnings) console.error(`build: ${path}: ${warning}`);
  }
}

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: "string", default: join(ROOT, "dist") },
      base: { type: "string", default: "/" },
      "allow-missing": { type: "boolean", default: false },
    },
  });
  const outDir = resolve(values.out);
  await buildSite({ outDir, base: values.base, allowMissing: values["allow-missing"] });
  console.log(`Built the site into ${outDir}.`);
  return 0;
}
