// The figure before it is live: the chosen example, read and answered.
import type { ReactNode } from "react";
import { Drawing } from "./drawing.tsx";
import { FIRST_RUN, knownRuns } from "./first-run.ts";
import type { SlowServerValues } from "./parameters.ts";
import { createScene, getExample, runKey } from "./scene.ts";

export function Poster({ values }: { readonly values: SlowServerValues }): ReactNode {
  const scene = createScene(values);
  const [chosen] = scene.causes;
  const runs = chosen?.finding.runs;
  const isKnown = runs !== undefined && knownRuns().has(runKey(runs));
  return (
    <>
      <pre className="slow-server-text">{getExample(values).text}</pre>
      <Drawing scene={scene} chosen={chosen} run={isKnown ? FIRST_RUN : undefined} />
    </>
  );
}
