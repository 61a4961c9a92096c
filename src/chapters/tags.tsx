// The tags that prose may use, bound to one page. Prose has no imports: a tag, term, reference, widget or kernel that
// does not exist fails the build with a sentence.
import { isValidElement, type ComponentProps, type ComponentType, type ReactNode } from "react";
import temml from "temml";
import { getReference, getTerm } from "./content.ts";
import { renderIsland } from "./island.tsx";
import { reportMissing, siteLink, slugify, type PageNotes } from "./page-notes.ts";
import { GpuTable, LinkTable, ModelTable, ReferenceList } from "./source-tables.tsx";
import { computeValue } from "./values/values.ts";
import type { OpenedValue } from "./values/value.ts";
import { highlightWgsl } from "../ui/wgsl.tsx";
import { WIDGETS } from "./registry.ts";

// MDX gives each tag the attributes that an author wrote; each tag checks its own.
// oxlint-disable-next-line typescript/no-explicit-any -- a map of components with unlike props has no narrower type
export type Tags = Readonly<Record<string, ComponentType<any>>>;

function renderTex(tex: string, isDisplay: boolean): { __html: string } {
  return { __html: temml.renderToString(tex, { displayMode: isDisplay, throwOnError: true }) };
}

function textOf(node: ReactNode): string {
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (Array.isArray(node)) return node.map(textOf).join("");
  return isValidElement<{ readonly children?: ReactNode }>(node) ? textOf(node.props.children) : "";
}

/** Strings only: `<Figure context={3}>` is refused, `context="3"` is how it is written. */
function stringAttributes(
  tag: string,
  props: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(props)) {
    if (name === "children") throw new Error(`<${tag}> takes no content between its tags.`);
    if (typeof value !== "string") throw new Error(`<${tag} ${name}>: write ${name}="…".`);
    attributes[name] = value;
  }
  return attributes;
}

function requireAttribute(tag: string, name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new Error(`<${tag}> needs ${name}="…".`);
}

function OpenedValueBody({ value }: { readonly value: OpenedValue }): ReactNode {
  return (
    <>
      <h2>{value.title}</h2>
      <div className="equation" dangerouslySetInnerHTML={renderTex(value.formula, true)} />
      <table className="substitution">
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Symbol</th>
            <th scope="col">Meaning</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {value.inputs.map(({ symbol, meaning, value: text }) => (
            <tr key={symbol}>
              {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- a cell, not a control */}
              <td>
                <span dangerouslySetInnerHTML={renderTex(symbol, false)} />
              </td>
              <th scope="row">{meaning}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="substitution-result">{value.substitution}</p>
      {value.note !== undefined && <p className="source-note">{value.note}</p>}
    </>
  );
}

function createValue(notes: PageNotes): ComponentType<Record<string, unknown>> {
  return function Value(props) {
    const { of = "", ...attributes } = stringAttributes("Value", props);
    const value = computeValue(of, attributes);
    const id = `value-${notes.popovers.length + 1}`;
    notes.popovers.push(
      <dialog key={id} id={id} popover="auto" aria-label={value.title}>
        <OpenedValueBody value={value} />
        {(value.sources ?? []).map(({ label, url }) => (
          <p key={url} className="source-note">
            Source: <a href={url.includes(":") ? url : notes.root + url}>{label}</a>
          </p>
        ))}
      </dialog>,
    );
    return (
      <button type="button" className="opens" popoverTarget={id}>
        {value.text}
      </button>
    );
  };
}

function createTerm(notes: PageNotes): ComponentType<{ id?: string; children?: ReactNode }> {
  return function Term({ id, children }) {
    const term = getTerm(requireAttribute("Term", "id", id));
    const href = siteLink(notes, `/glossary/#${term.id}`);
    if (notes.seenTerms.has(term.id)) {
      return (
        <a className="term" href={href}>
          {children}
        </a>
      );
    }
    notes.seenTerms.add(term.id);
    const popover = `term-${term.id}`;
    notes.popovers.push(
      <dialog key={popover} id={popover} popover="auto" aria-label={term.term}>
        <h2>{term.term}</h2>
        <p>{term.short}</p>
        <p className="source-note">
          <a href={href}>More in the glossary</a>
        </p>
      </dialog>,
    );
    return (
      <>
        {/* A link, so that it wraps with its line and works without scripts; the loader opens the popover instead. */}
        <a className="term" href={href} data-opens={popover}>
          {children}
        </a>
        <span className="margin-note" aria-hidden="true">
          <b>{term.term}.</b> {term.short}
        </span>
      </>
    );
  };
}

function createCite(notes: PageNotes): ComponentType<{ id?: string }> {
  return function Cite({ id }) {
    const key = requireAttribute("Cite", "id", id);
    const reference = getReference(key);
    notes.seenCitations.add(key);
    return (
      <a className="cite" href={siteLink(notes, `/sources/#${key}`)} title={reference.title}>
        {reference.cite}
      </a>
    );
  };
}

function createFigure(notes: PageNotes): ComponentType<Record<string, unknown>> {
  return function FigureTag(props) {
    const { of, name, caption, title, ...attributes } = stringAttributes("Figure", props);
    return renderIsland(
      { of: requireAttribute("Figure", "of", of), name, caption, title, attributes },
      notes,
    );
  };
}

function createClaimCard(notes: PageNotes): ComponentType<Record<string, unknown>> {
  return function ClaimCard(props) {
    const { of, name, caption, claim, ...attributes } = stringAttributes("ClaimCard", props);
    const id = requireAttribute("ClaimCard", "of", of);
    const words = claim ?? WIDGETS.get(id)?.claim ?? notes.claim;
    if (words === undefined) throw new Error(`The claim card of "${id}" has no claim.`);
    return (
      <section className="claim wide" aria-label={`Claim: ${words}`}>
        <p className="claim-label">Claim</p>
        <blockquote>
          <p>“{words}”</p>
        </blockquote>
        {renderIsland({ of: id, name, caption, asksPrediction: true, attributes }, notes)}
      </section>
    );
  };
}

function createKernel(notes: PageNotes): ComponentType<{ of?: string }> {
  return function Kernel({ of }) {
    const id = requireAttribute("Kernel", "of", of);
    const source = notes.kernels.get(id);
    if (source === undefined) {
      reportMissing(notes, `There is no shader "shaders/${id}.wgsl".`);
      return null;
    }
    return (
      <details className="kernel wide">
        <summary>
          Read the shader <code>shaders/{id}.wgsl</code>
        </summary>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must take the keyboard */}
        <section tabIndex={0} aria-label={`shaders/${id}.wgsl`} className="scrolls">
          <pre>
            <code>{highlightWgsl(source.trimEnd())}</code>
          </pre>
        </section>
      </details>
    );
  };
}

/** A box that scrolls sideways on a phone must take the keyboard. */
const TAKES_KEYBOARD = { role: "group", tabIndex: 0 } as const;

function Equation({ tex, inline }: { tex?: string; inline?: boolean }): ReactNode {
  const html = renderTex(requireAttribute("Equation", "tex", tex), inline !== true);
  return inline === true ? (
    <span dangerouslySetInnerHTML={html} />
  ) : (
    <div
      className="equation"
      aria-label="Equation"
      {...TAKES_KEYBOARD}
      dangerouslySetInnerHTML={html}
    />
  );
}

function Aside({ title, children }: { title?: string; children?: ReactNode }): ReactNode {
  return (
    <aside className="aside" aria-label={title ?? "Aside"}>
      {title !== undefined && (
        <p>
          <b>{title}</b>
        </p>
      )}
      {children}
    </aside>
  );
}

function Quiz({ children }: { children?: ReactNode }): ReactNode {
  return <div className="quiz">{children}</div>;
}

function Question({ ask, children }: { ask?: string; children?: ReactNode }): ReactNode {
  const question = requireAttribute("Question", "ask", ask);
  return (
    <fieldset className="question">
      <legend className="question-ask">{question}</legend>
      {children}
    </fieldset>
  );
}

function Choice({
  text,
  correct,
  children,
}: {
  text?: string;
  correct?: boolean;
  children?: ReactNode;
}): ReactNode {
  return (
    <details className={correct === true ? "answer answer-right" : "answer"}>
      <summary>{requireAttribute("Choice", "text", text)}</summary>
      <div className="answer-reply">
        <b>{correct === true ? "Right." : "Not quite."}</b> {children}
      </div>
    </details>
  );
}

function createHeading(notes: PageNotes): ComponentType<{ children?: ReactNode }> {
  return function Heading({ children }) {
    const title = textOf(children);
    const id = slugify(title);
    notes.seenHeadings.add(id);
    if (!notes.sections.some((section) => section.id === id)) notes.sections.push({ id, title });
    return <h2 id={id}>{children}</h2>;
  };
}

function createLink(notes: PageNotes): ComponentType<ComponentProps<"a">> {
  return function Link({ href = "", children }) {
    return <a href={href.startsWith("/") ? siteLink(notes, href) : href}>{children}</a>;
  };
}

function ScrollingTable({ children }: { children?: ReactNode }): ReactNode {
  return (
    // A group and no section: a page has many, and a landmark for each would be noise.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/prefer-tag-over-role -- a box that scrolls must take the keyboard
    <div className="scrolls table-box" role="group" tabIndex={0} aria-label="Table">
      <table>{children}</table>
    </div>
  );
}

function ScrollingCode({ children }: { children?: ReactNode }): ReactNode {
  return (
    <pre aria-label="Code" {...TAKES_KEYBOARD}>
      {children}
    </pre>
  );
}

export function createTags(notes: PageNotes): Tags {
  return {
    Aside,
    Choice,
    Cite: createCite(notes),
    ClaimCard: createClaimCard(notes),
    Equation,
    Figure: createFigure(notes),
    GpuTable,
    Kernel: createKernel(notes),
    LinkTable,
    ModelTable: () => <ModelTable root={notes.root} />,
    Question,
    Quiz,
    ReferenceList,
    Term: createTerm(notes),
    Value: createValue(notes),
    a: createLink(notes),
    h2: createHeading(notes),
    pre: ScrollingCode,
    table: ScrollingTable,
  };
}
