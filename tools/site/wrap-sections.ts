// A rehype plugin: each `h2` of a page and what follows it become one `<section class="part">`. CSS makes it a layer of its own, so
// that a figure that is redrawn makes the browser look at its section, not at every paragraph of the page.

interface Node {
  type: string;
  tagName?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
}

function startsSection({ type, tagName }: Node): boolean {
  return type === "element" && tagName === "h2";
}

/** What stands before the first `h2` stays as it is. */
export function wrapSections() {
  return (tree: Node): void => {
    const children: Node[] = [];
    let section: Node | undefined;
    for (const child of tree.children ?? []) {
      if (startsSection(child)) {
        const properties = { className: ["part"] };
        section = { type: "element", tagName: "section", properties, children: [] };
        children.push(section);
      }
      (section?.children ?? children).push(child);
    }
    tree.children = children;
  };
}
