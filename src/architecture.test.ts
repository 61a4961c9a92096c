// Who may import whom, as a test. The table is architecture.md's, with four additions that the code needs:
// `model` and `experiments` and widgets run the kernels of `shaders`, the notebook has a page of its own, `simulator`
// runs the simulations of `core` in a Worker, as `model` runs the engine, and `live` is what the widgets share that put an
// experiment's points on the reader's own roofline.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");

interface Layer {
  /** Layers it may import, besides itself. */
  readonly layers: readonly string[];
  /** Packages it may import; "*" allows any. */
  readonly packages: readonly string[];
}

const REACT = ["react", "react-dom"];

const LAYERS: Readonly<Record<string, Layer>> = {
  core: { layers: [], packages: [] },
  simulator: { layers: ["core"], packages: [] },
  gpu: { layers: ["core"], packages: [] },
  shaders: { layers: ["gpu", "core"], packages: [] },
  model: {
    layers: ["shaders", "gpu", "core"],
    packages: ["@huggingface/tokenizers", "idb-keyval", "valibot"],
  },
  experiments: { layers: ["model", "gpu", "core"], packages: ["valibot"] },
  ui: { layers: ["core"], packages: [...REACT, "recharts", "framer-motion"] },
  figure: { layers: ["ui", "core"], packages: [...REACT, "zustand"] },
  notebook: {
    layers: ["experiments", "figure", "ui", "core"],
    packages: [...REACT, "zustand", "idb-keyval", "valibot"],
  },
  live: {
    layers: ["notebook", "figure", "ui", "experiments", "model", "core"],
    packages: REACT,
  },
  widgets: {
    layers: [
      "live",
      "figure",
      "ui",
      "notebook",
      "experiments",
      "model",
      "simulator",
      "shaders",
      "gpu",
      "core",
    ],
    packages: [...REACT, "zustand"],
  },
  chapters: {
    layers: ["content", "widgets", "shaders", "figure", "ui", "core"],
    packages: [...REACT, "@mdx-js/react", "temml"],
  },
  embed: { layers: ["widgets", "figure", "ui", "core"], packages: REACT },
  classroom: {
    layers: ["chapters", "notebook", "figure", "ui", "core"],
    packages: [...REACT, "zustand"],
  },
  site: {
    layers: [
      "classroom",
      "chapters",
      "widgets",
      "notebook",
      "experiments",
      "model",
      "simulator",
      "shaders",
      "figure",
      "ui",
      "gpu",
      "core",
    ],
    packages: ["*"],
  },
  tools: {
    layers: ["experiments", "model", "shaders", "gpu", "core", "site", "chapters"],
    packages: ["*"],
  },
  content: { layers: [], packages: [] },
};

/** Units of a layer that must not import each other: one widget, one experiment, one kernel at a time. */
const SEPARATE = ["widgets", "experiments", "shaders"];

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|tsx|mdx)$/.test(path) && !/\.test\.tsx?$/.test(path))
    .map((path) => join(folder, path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

const IMPORT =
  /^\s*(?:import|export)\b[^"'`;=]*?\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

function importsOf({ text }: SourceFile): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return [...code.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

/** "widgets" and "widgets/race" for src/widgets/race/view.tsx; undefined for files of no layer. */
function placeOf(path: string): { layer: string; unit: string } | undefined {
  const [top, second, third] = path.split(/[\\/]/);
  if (top === "src" && second !== undefined && second in LAYERS) {
    return { layer: second, unit: third?.includes(".") ? "" : `${second}/${third}` };
  }
  if (top !== undefined && top in LAYERS) return { layer: top, unit: `${top}/${second}` };
  return undefined;
}

function packageName(specifier: string): string {
  const [scope = "", name = ""] = specifier.split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

/** Sentences about what a file imports and may not. */
function violations(file: SourceFile): string[] {
  const from = placeOf(file.path);
  const layer = from && LAYERS[from.layer];
  if (!from || !layer) return [];
  return importsOf(file).flatMap((specifier) => {
    if (from.layer === "content" && file.path.endsWith(".mdx")) {
      return [`${file.path} imports ${specifier}: an MDX file has no import lines`];
    }
    if (!specifier.startsWith(".")) return packageViolations(file, from.layer, specifier);
    const target = relative(ROOT, resolve(ROOT, dirname(file.path), specifier));
    const to = placeOf(target);
    if (!to) return [];
    if (to.layer !== from.layer) {
      return layer.layers.includes(to.layer) ? [] : [`${file.path} imports ${to.layer}`];
    }
    const isOther = to.unit !== from.unit && to.unit !== "" && from.unit !== "";
    return SEPARATE.includes(from.layer) && isOther ? [`${file.path} imports ${to.unit}`] : [];
  });
}

function packageViolations(file: SourceFile, layer: string, specifier: string): string[] {
  const allowed = LAYERS[layer]?.packages ?? [];
  const name = packageName(specifier);
  const isAllowed =
    allowed.includes("*") || allowed.includes(name) || specifier.startsWith("virtual:");
  return isAllowed ? [] : [`${file.path} imports the package ${name}`];
}

describe("the import table", () => {
  const files = ["src", "shaders", "tools", "content"].flatMap(sourceFiles);

  test("covers the whole project", () => {
    expect(files.length).toBeGreaterThan(150);
    for (const layer of [
      "core",
      "gpu",
      "model",
      "simulator",
      "experiments",
      "ui",
      "figure",
      "widgets",
      "site",
    ]) {
      expect(
        files.filter(({ path }) => placeOf(path)?.layer === layer).length,
        layer,
      ).toBeGreaterThan(2);
    }
  });

  test("holds for every file", () => {
    expect(files.flatMap(violations)).toEqual([]);
  });

  const planted: [path: string, text: string][] = [
    ["src/core/cost/x.ts", 'import { useState } from "react";'],
    ["src/core/cost/x.ts", 'import { openDevice } from "../../gpu/device.ts";'],
    ["src/gpu/x.ts", 'import type { Engine } from "../model/engine.ts";'],
    ["src/simulator/x.ts", 'import { siteUrl } from "../figure/site-url.ts";'],
    ["src/model/x.ts", 'import { record } from "../experiments/record.ts";'],
    ["src/experiments/cache/x.ts", 'export { y } from "../batch/experiment.ts";'],
    ["src/ui/x.tsx", 'const view = import("../figure/figure.tsx");'],
    ["src/widgets/race/x.tsx", 'import { part } from "../lab/part.tsx";'],
    ["src/live/x.tsx", 'import { part } from "../widgets/lab/part.tsx";'],
    ["src/widgets/race/x.tsx", 'import { shell } from "../../site/shell.tsx";'],
    ["src/figure/x.tsx", 'import {\n  LineChart,\n} from "recharts";'],
    ["shaders/linear/x.ts", 'import { softmaxRow } from "../softmax/kernel.ts";'],
    ["content/chapters/05-kv-cache/index.mdx", 'import x from "./x.ts";'],
  ];
  test.each(planted)("catches a violation planted in %s: %s", (path, text) => {
    expect(violations({ path, text })).toHaveLength(1);
  });

  test("on a page only figure asks for animation frames; tools count a page's frames", () => {
    const callers = files.filter(({ text }) => /\brequestAnimationFrame\(/.test(text));
    expect(
      callers
        .map(({ path }) => placeOf(path)?.layer)
        .filter((layer) => layer !== "figure" && layer !== "tools"),
    ).toEqual([]);
  });
});
