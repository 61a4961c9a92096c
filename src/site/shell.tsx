// Header, footer and ways around the site, on every page.
import type { ReactNode } from "react";
import { siteLink } from "../chapters/page-notes.ts";
import { Head, type SiteFiles } from "./head.tsx";
import { SETTING_VALUES, type Setting } from "./reader-settings.ts";

export interface Place {
  readonly path: string;
  readonly label: string;
}

const PLACES: readonly Place[] = [
  { path: "/learn/", label: "Chapters" },
  { path: "/lab/", label: "Lab" },
  { path: "/gpu/", label: "Your GPU" },
  { path: "/calculator/", label: "Calculator" },
  { path: "/simulator/", label: "Simulator" },
  { path: "/notebook/", label: "Notebook" },
  { path: "/glossary/", label: "Glossary" },
  { path: "/sources/", label: "Sources" },
];

const SETTING_LABELS: Readonly<Record<Setting, string>> = { theme: "Theme", motion: "Motion" };
const VALUE_LABELS: Readonly<Record<string, string>> = {
  auto: "As the system",
  light: "Light",
  dark: "Dark",
  reduce: "Reduced",
};

function ReaderSettings(): ReactNode {
  const settings: readonly Setting[] = ["theme", "motion"];
  return (
    <div className="reader-settings">
      <button type="button" className="settings-button" popoverTarget="reader-settings">
        Display
      </button>
      <dialog id="reader-settings" popover="auto" aria-label="Display">
        {settings.map((name) => (
          <fieldset key={name} className="control control-segmented">
            <legend>{SETTING_LABELS[name]}</legend>
            <div className="segments">
              {SETTING_VALUES[name].map((value) => (
                <label key={value} className="segment">
                  <input type="radio" name={name} value={value} defaultChecked={value === "auto"} />
                  <span>{VALUE_LABELS[value]}</span>
                </label>
              ))}
            </div>
          </fieldset>
        ))}
      </dialog>
    </div>
  );
}

interface HeaderProps {
  readonly root: string;
  readonly path: string;
}

function Header({ root, path }: HeaderProps): ReactNode {
  return (
    <header className="site-header">
      <div className="page">
        <a
          className="site-name"
          href={siteLink({ root }, "/")}
          aria-current={path === "/" ? "page" : undefined}
        >
          Memory Bound
        </a>
        <nav aria-label="Site">
          <ul className="site-nav">
            {PLACES.map((place) => (
              <li key={place.path}>
                <a
                  href={siteLink({ root }, place.path)}
                  aria-current={currentness(place.path, path)}
                >
                  {place.label}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <ReaderSettings />
      </div>
    </header>
  );
}

function currentness(place: string, path: string): "page" | "true" | undefined {
  if (place === path) return "page";
  return path.startsWith(place) ? "true" : undefined;
}

function Footer({ root }: { readonly root: string }): ReactNode {
  return (
    <footer className="site-footer">
      <div className="page">
        <p>
          Everything runs in this page: no third-party request, no cookie, no tracker. Code under
          MIT, text and figures under CC BY 4.0, fonts under the{" "}
          <a href={`${root}fonts/LICENSE-source-serif-4.txt`}>OFL</a>.
        </p>
      </div>
    </footer>
  );
}

function Breadcrumbs({
  root,
  trail,
}: {
  readonly root: string;
  readonly trail: readonly Place[];
}): ReactNode {
  return (
    <nav className="breadcrumbs" aria-label="Breadcrumbs">
      <ol>
        {trail.map(({ path, label }, i) => (
          <li key={path}>
            {i === trail.length - 1 ? (
              <span aria-current="page">{label}</span>
            ) : (
              <a href={siteLink({ root }, path)}>{label}</a>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

export interface DocumentProps {
  readonly root: string;
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly files: SiteFiles;
  readonly script?: string | undefined;
  /** From the home page to this one; empty on the home page. */
  readonly trail: readonly Place[];
  readonly children: ReactNode;
  readonly popovers: readonly ReactNode[];
}

export function Document(props: DocumentProps): ReactNode {
  const { root, path, title, description, files, script, trail, children, popovers } = props;
  return (
    <html lang="en" data-root={root} data-islands={root + files.islands}>
      <Head {...{ root, title, description, files, script }} />
      <body>
        <a className="skip-link" href="#main">
          Skip to the text
        </a>
        <Header root={root} path={path} />
        <main id="main" className="page" tabIndex={-1}>
          {trail.length > 0 && <Breadcrumbs root={root} trail={trail} />}
          {children}
          {popovers}
        </main>
        <Footer root={root} />
      </body>
    </html>
  );
}
