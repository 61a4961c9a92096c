// Where the time of one step goes, operator by operator.
import { memo, type ReactNode } from "react";
import { Bars } from "../../ui/bars.tsx";
import { formatSeconds } from "../../ui/format.ts";
import { stepRows } from "./describe.ts";
import type { Step } from "./scene.ts";

interface StepBarsProps {
  readonly title: string;
  readonly step: Step;
  readonly allReduce: number;
}

/** Drawn again only with another step: the prefill stays while the batch is dragged. */
export const StepBars = memo(function StepBars({
  title,
  step,
  allReduce,
}: StepBarsProps): ReactNode {
  const rows = stepRows(step, allReduce);
  const longest = rows.toSorted((a, b) => b.seconds - a.seconds)[0];
  return (
    <div>
      <p className="calculator-case">{title}</p>
      <Bars
        description={`${title}: ${longest?.name ?? "nothing"} takes longest, ${formatSeconds(longest?.seconds)}.`}
        bars={rows.map(({ id, name, seconds, bound }) => ({
          id,
          label: name,
          value: seconds,
          text: `${formatSeconds(seconds)} ${bound === undefined ? "link" : bound}`,
          colour: bound === undefined ? "overhead-bound" : `${bound}-bound`,
        }))}
      />
    </div>
  );
});
