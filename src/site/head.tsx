// The document around every page: policy, metadata, style, header and footer.
import { createHash } from "node:crypto";
import type { ReactNode } from "react";
import { FIRST_PAINT_SCRIPT } from "./reader-settings.ts";

/** What every page needs of the build; files by their address from the site's root. */
export interface SiteFiles {
  /** The style sheet's own text: written into each page, it saves the round trip before the first line is drawn. */
  readonly styles: string;
  /** The islands loader. */
  readonly script: string;
  /** The frame of live figures. */
  readonly islands: string;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/**
 * Own scripts, styles, workers, fonts and connections only. A style attribute may come from the build (heights of
 * figures, MathML); pictures may be saved through blob addresses.
 */
const policyFor = (styles: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' ${hashOf(FIRST_PAINT_SCRIPT)}`,
    `style-src 'self' ${hashOf(styles)}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types default",
  ].join("; ");

/** Needed for the first lines of every page. */
const FIRST_FONTS = ["source-serif-4", "ibm-plex-sans"];

export interface HeadProps {
  readonly root: string;
  readonly title: string;
  readonly description: string;
  readonly files: SiteFiles;
  /** A script that this page alone runs at once, from the site's root. */
  readonly script?: string | undefined;
}

/** The style sheet lies one folder below the site's root, and its addresses are relative to that. */
function stylesFrom(root: string, styles: string): string {
  return styles.replaceAll("url(../", `url(${root}`);
}

export function Head({ root, title, description, files, script }: HeadProps): ReactNode {
  const styles = stylesFrom(root, files.styles);
  return (
    <head>
      <meta charSet="utf-8" />
      <meta httpEquiv="Content-Security-Policy" content={policyFor(styles)} />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{title}</title>
      <meta name="description" content={description} />
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" content="#faf8f3" media="(prefers-color-scheme: light)" />
      <meta name="theme-color" content="#16171a" media="(prefers-color-scheme: dark)" />
      <meta property="og:title" content={title} />
      <meta property="og:description" content={description} />
      <meta property="og:type" content="website" />
      <meta property="og:site_name" content="Memory Bound" />
      <script dangerouslySetInnerHTML={{ __html: FIRST_PAINT_SCRIPT }} />
      <style dangerouslySetInnerHTML={{ __html: styles }} />
      {FIRST_FONTS.map((font) => (
        <link
          key={font}
          rel="preload"
          as="font"
          type="font/woff2"
          href={`${root}fonts/${font}.woff2`}
          crossOrigin=""
        />
      ))}
      <link rel="icon" type="image/svg+xml" href={`${root}favicon.svg`} />
      <script type="module" src={root + files.script} />
      {script !== undefined && <script type="module" src={root + script} />}
    </head>
  );
}
