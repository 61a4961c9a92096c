// The folded list of the kernels that are on no ladder. A source and its cost are fetched when the reader opens it.
import { useCallback, useState, type ReactNode } from "react";
import { arithmeticIntensity, bytesMoved } from "../../core/cost/cost.ts";
import { siteUrl } from "../../figure/site-url.ts";
import { Button } from "../../ui/controls.tsx";
import { formatBytes, formatNumber, formatSi } from "../../ui/format.ts";
import { highlightWgsl } from "../../ui/wgsl.tsx";
import type { OtherKernel } from "./other-costs.ts";
import { OTHER_GROUPS, OTHER_IDS, OTHER_SHAPE, WHY_UNTIMED } from "./other-list.ts";

function sayCost({ cost }: OtherKernel): string {
  const work = [formatSi(cost.flops, "FLOP"), formatBytes(bytesMoved(cost))].join(", ");
  return `${work}, ${formatNumber(arithmeticIntensity(cost))} FLOP/B: ${OTHER_SHAPE}.`;
}

interface OpenedProps {
  readonly id: string;
  readonly kernel: OtherKernel;
  /** What the autotune found, in a sentence; undefined for a kernel that it does not time. */
  readonly tuned: string | undefined;
}

function Opened({ id, kernel, tuned }: OpenedProps): ReactNode {
  return (
    <>
      <p>{sayCost(kernel)}</p>
      {tuned !== undefined && (
        <p>
          {tuned} <a href={siteUrl("lab/")}>The lab</a> loads a model and shows the whole table.
        </p>
      )}
      <section
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must take the keyboard
        tabIndex={0}
        aria-label={`Source: ${id}`}
        className="kernel-steps-source"
      >
        <pre>
          <code>{highlightWgsl(kernel.source.trimEnd())}</code>
        </pre>
      </section>
    </>
  );
}

type Sources =
  | { readonly kind: "waiting" }
  | {
      readonly kind: "ready";
      readonly read: (id: string) => OtherKernel;
      readonly sayTuned: (id: string) => string | undefined;
    }
  | { readonly kind: "failed" };

/** @param isLive - false on the poster, where nothing can be fetched yet. */
export function OtherKernels({ isLive }: { readonly isLive: boolean }): ReactNode {
  const [sources, setSources] = useState<Sources>({ kind: "waiting" });
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const load = useCallback(async () => {
    try {
      const [{ readOther }, { sayTuned }, { readNewestTuning }] = await Promise.all([
        import("./other-costs.ts"),
        import("./other-times.ts"),
        import("../../model/page-tuning.ts"),
      ]);
      const tuning = await readNewestTuning();
      setSources({ kind: "ready", read: readOther, sayTuned: (id) => sayTuned(id, tuning) });
    } catch {
      setSources({ kind: "failed" });
    }
  }, []);
  const open = (id: string) => {
    setOpened((known) => new Set(known).add(id));
    if (isLive && sources.kind === "waiting") void load();
  };
  return (
    <details className="kernel-steps-others">
      <summary>The other kernels: {OTHER_IDS.length} files that are on no ladder</summary>
      {sources.kind === "failed" && (
        <div className="figure-error" role="alert">
          <p>The sources could not be fetched.</p>
          <Button onPress={() => void load()}>Try again</Button>
        </div>
      )}
      <p>{WHY_UNTIMED}</p>
      {OTHER_GROUPS.map(({ folder, variants, what, why }) => (
        <section key={folder} className="kernel-steps-group">
          <p>
            <code>{folder}</code> {what} {why}
          </p>
          {Object.entries(variants).map(([variant, idea]) => {
            const id = `${folder}/${variant}`;
            return (
              <details
                key={id}
                className="kernel-steps-other"
                onToggle={({ currentTarget }) => {
                  if (currentTarget.open) open(id);
                }}
              >
                <summary>
                  <code>shaders/{id}.wgsl</code>
                </summary>
                <p>{idea}</p>
                {sources.kind !== "ready" ? (
                  <p>
                    {isLive ? "Fetching the source." : "The source comes with the live figure."}
                  </p>
                ) : (
                  opened.has(id) && (
                    <Opened id={id} kernel={sources.read(id)} tuned={sources.sayTuned(id)} />
                  )
                )}
              </details>
            );
          })}
        </section>
      ))}
    </details>
  );
}
