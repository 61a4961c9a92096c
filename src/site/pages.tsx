// Every page of the site as HTML. Prose is rendered first, because it collects what its page then shows around it.
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import {
  CHAPTERS,
  findPage,
  TERMS,
  type Body,
  type ChapterMeta,
  type Written,
} from "../chapters/content.ts";
import { siteLink, type IslandFiles, type PageNotes } from "../chapters/page-notes.ts";
import { createTags } from "../chapters/tags.tsx";
import { Contents } from "./contents.tsx";
import type { SiteFiles } from "./head.tsx";
import { Document, type Place } from "./shell.tsx";

export interface SiteInput {
  readonly files: SiteFiles;
  readonly islands: ReadonlyMap<string, IslandFiles>;
  readonly notebookScript: string;
  readonly kernels: ReadonlyMap<string, string>;
  readonly allowMissing: boolean;
  /** Path of the site on its host, "/" or "/a/b/": only the page for missing addresses has to know. */
  readonly base: string;
}

export interface RenderedPage {
  /** Such as "/learn/kv-cache/"; "/404.html" for the one that is a file. */
  readonly path: string;
  readonly html: string;
  readonly warnings: readonly string[];
}

interface PageFrame {
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly trail: readonly Place[];
  readonly claim?: string | undefined;
  /** A script that this page alone runs at once. */
  readonly script?: string | undefined;
  /** Renders the page's content; called twice, the first time to count its figures. */
  render(notes: PageNotes): ReactNode;
}

const HOME: Place = { path: "/", label: "Memory Bound" };

/** From a page to the root: "" for "/", "../" for "/lab/". */
function rootFrom(path: string, base: string): string {
  // Hosts show this page in place of any other, so its links cannot be relative to where it seems to be.
  if (path === "/404.html") return base;
  return "../".repeat(path.split("/").length - 2);
}

function createNotes(input: SiteInput, { path, claim }: PageFrame, isSolo: boolean): PageNotes {
  return {
    root: rootFrom(path, input.base),
    claim,
    kernels: input.kernels,
    allowMissing: input.allowMissing,
    warnings: [],
    popovers: [],
    sections: [],
    figures: [],
    seenHeadings: new Set(),
    seenTerms: new Set(),
    seenCitations: new Set(),
    islands: input.islands,
    isSolo,
  };
}

/** @throws Error that names the page. */
function renderFrame(input: SiteInput, frame: PageFrame): RenderedPage {
  try {
    const first = createNotes(input, frame, false);
    renderToStaticMarkup(frame.render(first));
    const notes: PageNotes = {
      ...createNotes(input, frame, first.figures.length === 1),
      sections: first.sections,
    };
    const body = renderToStaticMarkup(frame.render(notes));
    const html = renderToStaticMarkup(
      <Document {...frame} root={notes.root} files={input.files} popovers={notes.popovers}>
        <article
          className={frame.path === "/" ? "prose home" : "prose"}
          dangerouslySetInnerHTML={{ __html: body }}
        />
      </Document>,
    );
    return { path: frame.path, html: `<!doctype html>\n${html}\n`, warnings: notes.warnings };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${frame.path}: ${reason}`, { cause: error });
  }
}

function Prose({
  Body: Text,
  notes,
}: {
  readonly Body: Body;
  readonly notes: PageNotes;
}): ReactNode {
  return <Text components={createTags(notes)} />;
}

function getPage(name: string): Written<{ title: string; summary: string }> {
  const page = findPage(name);
  if (page === undefined) throw new Error(`content/${name}.mdx is missing.`);
  return page;
}

function homePage(): PageFrame {
  const { meta, Body } = getPage("home");
  return {
    path: "/",
    title: `${meta.title}: is transformer inference memory bound?`,
    description: meta.summary,
    trail: [],
    render: (notes) => (
      <>
        <h1 className="hero-line">
          An interactive notebook on the speed of language-model inference
        </h1>
        <Prose Body={Body} notes={notes} />
        <h2 id="contents">Contents</h2>
        <p>The chapters with a link are written.</p>
        <Contents root={notes.root} heading="h3" />
      </>
    ),
  };
}

function contentsPage(): PageFrame {
  return {
    path: "/learn/",
    title: "Chapters · Memory Bound",
    description:
      "The chapters of Memory Bound: the claim, the evidence, and what people built because of it.",
    trail: [HOME, { path: "/learn/", label: "Chapters" }],
    render: ({ root }) => (
      <>
        <h1>Chapters</h1>
        <p className="lede">
          The claim, the evidence, what people built because of it, and the verdict. The chapters
          with a link are written.
        </p>
        <Contents root={root} heading="h2" />
      </>
    ),
  };
}

function PrevNext({
  chapter,
  notes,
}: {
  readonly chapter: ChapterMeta;
  readonly notes: PageNotes;
}): ReactNode {
  const at = CHAPTERS.findIndex(({ meta }) => meta.slug === chapter.slug);
  const neighbours = [
    { rel: "prev", label: "Before this", meta: CHAPTERS[at - 1]?.meta },
    { rel: "next", label: "After this", meta: CHAPTERS[at + 1]?.meta },
  ];
  return (
    <nav className="prev-next wide" aria-label="Chapters before and after">
      {neighbours.map(({ rel, label, meta }) =>
        meta === undefined ? null : (
          <a key={rel} rel={rel} href={siteLink(notes, `/learn/${meta.slug}/`)}>
            <span className="prev-next-label">{label}</span>
            <span className="prev-next-title">{meta.title}</span>
          </a>
        ),
      )}
    </nav>
  );
}

function Sections({ notes }: { readonly notes: PageNotes }): ReactNode {
  return (
    <nav className="sections wide" aria-label="In this chapter">
      <b>In this chapter</b>
      <ol>
        {notes.sections.map(({ id, title }) => (
          <li key={id}>
            <a href={`#${id}`}>{title}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function chapterPage({ meta, Body }: Written<ChapterMeta>): PageFrame {
  const path = `/learn/${meta.slug}/`;
  return {
    path,
    title: `${meta.title} · Memory Bound`,
    description: meta.summary,
    claim: meta.claim,
    trail: [HOME, { path: "/learn/", label: "Chapters" }, { path, label: meta.title }],
    render: (notes) => (
      <>
        <p className="eyebrow">
          Chapter {meta.number} · {meta.part} · About {meta.minutes} minutes
        </p>
        <Sections notes={notes} />
        <h1>{meta.title}</h1>
        <p className="lede">{meta.summary}</p>
        <Prose Body={Body} notes={notes} />
        <PrevNext chapter={meta} notes={notes} />
      </>
    ),
  };
}

/** A page of its own words: the lab and the calculator round their figure, the sources. */
function writtenPage(name: string, label: string): PageFrame {
  const { meta, Body } = getPage(name);
  const path = `/${name}/`;
  return {
    path,
    title: `${meta.title} · Memory Bound`,
    description: meta.summary,
    trail: [HOME, { path, label }],
    render: (notes) => (
      <>
        <h1>{meta.title}</h1>
        <Prose Body={Body} notes={notes} />
      </>
    ),
  };
}

function glossaryPage(): PageFrame {
  return {
    path: "/glossary/",
    title: "Glossary · Memory Bound",
    description: "The terms of language-model inference as this site uses them.",
    trail: [HOME, { path: "/glossary/", label: "Glossary" }],
    render: (notes) => (
      <>
        <h1>Glossary</h1>
        <dl className="glossary-list">
          {TERMS.map(({ meta, Body }) => {
            // A term links to its neighbours here; it opens nothing over itself.
            for (const term of TERMS) notes.seenTerms.add(term.meta.id);
            return (
              <div key={meta.id}>
                <dt id={meta.id}>{meta.term}</dt>
                <dd>
                  <p>{meta.short}</p>
                  <Prose Body={Body} notes={notes} />
                </dd>
              </div>
            );
          })}
        </dl>
      </>
    ),
  };
}

function notebookPage(input: SiteInput): PageFrame {
  return {
    path: "/notebook/",
    title: "Notebook · Memory Bound",
    description:
      "Your own runs and predictions, kept in this browser, to export as JSON, CSV or Markdown.",
    trail: [HOME, { path: "/notebook/", label: "Notebook" }],
    script: input.notebookScript,
    render: () => (
      <>
        <h1>Notebook</h1>
        <p className="lede">
          Your runs and predictions. They are kept in this browser and go nowhere unless you export
          them.
        </p>
        <div className="wide" data-notebook="">
          <noscript>
            <p>
              The notebook is read from this browser’s storage by a script, and scripts are off.
            </p>
          </noscript>
        </div>
      </>
    ),
  };
}

/** Served for any missing address, at any depth: its links must not be relative to the page. */
function missingPage(): PageFrame {
  return {
    path: "/404.html",
    title: "Not found · Memory Bound",
    description: "There is no page at this address.",
    trail: [],
    render: (notes) => (
      <>
        <h1>There is no page here</h1>
        <p>
          The address may be mistyped, or the page may have moved. The{" "}
          <a href={siteLink(notes, "/learn/")}>chapters</a> are a good place to start again.
        </p>
      </>
    ),
  };
}

export function renderPages(input: SiteInput): RenderedPage[] {
  const frames = [
    homePage(),
    contentsPage(),
    ...CHAPTERS.map(chapterPage),
    writtenPage("lab", "Lab"),
    writtenPage("gpu", "Your GPU"),
    writtenPage("calculator", "Calculator"),
    writtenPage("simulator", "Simulator"),
    notebookPage(input),
    glossaryPage(),
    writtenPage("sources", "Sources"),
    missingPage(),
  ];
  return frames.map((frame) => renderFrame(input, frame));
}
