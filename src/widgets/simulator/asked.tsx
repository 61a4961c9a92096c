// What would be simulated, in words: all that the page shows before a run.
import type { ReactNode } from "react";
import { describeAsked, type Asked } from "./scene.ts";

const TIMES = {
  fitted:
    "Step times are fitted to kernels measured on an A100 and an H100, without the host’s own time.",
  roofline: "Step times are those of the roofline: no real engine is as fast.",
  linear: "Step times are linear, as the scenario says.",
} as const;

export function AskedWords({ asked }: { readonly asked: Asked }): ReactNode {
  return (
    <div className="simulator-asked">
      <p className={asked.ok ? undefined : "simulator-problem"}>{describeAsked(asked)}</p>
      {asked.ok && <p className="simulator-note">{TIMES[asked.scenarios[0].stepTimes.kind]}</p>}
    </div>
  );
}
