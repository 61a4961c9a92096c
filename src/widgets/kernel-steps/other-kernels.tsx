// The folded list of the kernels that are on no ladder. A source and its cost are fetched when the reader opens it.
import { useCallback, useState, type ReactNode } from "react";
import { arithmeticIntensity, bytesMoved } from "../../core/cost/cost.ts";
import { Button } from "../../ui/controls.tsx";
import { formatBytes, formatNumber, formatSi } from "../../ui/format.ts";
import { highlightWgsl } from "../../ui/wgsl.tsx";
import type { OtherKernel } from "./other-costs.ts";
import { OTHER_GROUPS, OTHER_IDS, OTHER_SHAPE, WHY_UNTIMED } from "./other-list.ts";

function sayCost({ cost }: OtherKernel): string {
  const work = [formatSi(cost.flops, "FLOP"), formatBytes(bytesMoved(cost))].join(", ");
  return `${work}, ${formatNumber(arithmeticIntensity(cost))} FLOP/B: ${OTHER_SHAPE}.`;
}

function Opened({ id, kernel }: { readonly id: string; readonly kernel: OtherKernel }): ReactNode {
  return (
    <>
      <p>{sayCost(kernel)}</p>
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
  | { readonly kind: "ready"; readonly read: (id: string) => OtherKernel }
  | { readonly kind: "failed" };

/** @param isLive - false on the poster, where nothing can be fetched yet. */
export function OtherKernels({ isLive }: { readonly isLive: boolean }): ReactNode {
  const [sources, setSources] = useState<Sources>({ kind: "waiting" });
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const load = useCallback(async () => {
    try {
      const { readOther } = await import("./other-costs.ts");
      setSources({ kind: "ready", read: readOther });
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
          {variants.map((variant) => {
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
                {sources.kind !== "ready" ? (
                  <p>
                    {isLive ? "Fetching the source." : "The source comes with the live figure."}
                  </p>
                ) : (
                  opened.has(id) && <Opened id={id} kernel={sources.read(id)} />
                )}
              </details>
            );
          })}
        </section>
      ))}
    </details>
  );
}
