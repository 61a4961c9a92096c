// Which variant of each kernel runs on this device, and the times that the choice rests on.
import type { ReactNode } from "react";
import type { TunedFamily, TunedVariant } from "../../model/engine.ts";
import { formatCount, formatSeconds } from "../../ui/format.ts";

/** Fastest first. */
function sorted({ variants }: TunedFamily) {
  return variants.toSorted((a, b) => a.duration - b.duration);
}

function sayTime({ duration, numRowsTimed }: TunedVariant): string {
  return `${numRowsTimed === undefined ? "" : "≈ "}${formatSeconds(duration)}`;
}

function ChosenTime({ chosen, variants }: TunedFamily): ReactNode {
  const variant = variants.find(({ kernel }) => kernel === chosen);
  return <td className="number">{variant === undefined ? "—" : sayTime(variant)}</td>;
}

export function Tuning({ tuning }: { readonly tuning: readonly TunedFamily[] }): ReactNode {
  if (tuning.length === 0) return null;
  return (
    <details className="lab-tuning">
      <summary>Kernel variants on this device</summary>
      <p>
        When a model is loaded, each variant is run a few times for 1, 8 and 48 rows at this model’s
        sizes, and the fastest run counts. A variant that takes four times the best is dropped at
        once. Where all rows would hold the device for too long, fewer are timed and the time is
        that of all by proportion, with “≈” before it. Attention is timed at contexts of 48 tokens,
        and at much longer ones another variant may win. Every kernel over a cache is timed on the
        contiguous one; a paged cache takes the same variant untimed. The choice is kept for a day.
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must take the keyboard */}
      <section className="scrolls" aria-label="Kernel variants" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Kernel that runs</th>
              <th scope="col">Rows</th>
              <th scope="col">Time</th>
              <th scope="col">Others, fastest first</th>
            </tr>
          </thead>
          <tbody>
            {tuning.map((family) => (
              <tr key={`${family.family} ${family.numRows}`}>
                <th scope="row">{family.chosen}</th>
                <td className="number">{formatCount(family.numRows)}</td>
                <ChosenTime {...family} />
                <td>
                  {sorted(family)
                    .filter(({ kernel }) => kernel !== family.chosen)
                    .map((variant) => `${variant.kernel} ${sayTime(variant)}`)
                    .join(", ") || "none"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
