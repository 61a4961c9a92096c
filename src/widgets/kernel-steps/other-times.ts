// What the autotune says of a kernel that is on no ladder: its times on the device where a model was loaded last.
import type { KeptTuning } from "../../model/kept-tuning.ts";
import { KERNEL_FAMILIES, MEASURED } from "../../model/kernel-choice.ts";
import { formatCount, formatSeconds } from "../../ui/format.ts";

const TUNED: ReadonlySet<string> = new Set(
  [...MEASURED.fused, ...MEASURED.unfused].flatMap((family) =>
    KERNEL_FAMILIES[family].map(({ id }) => id),
  ),
);

/** The kernel that the autotune times for this one: itself, or its twin over a contiguous cache. */
function findTuned(id: string): string | undefined {
  return [id, id.replace("/paged", "/contiguous")].find((one) => TUNED.has(one));
}

function sayRows(numRows: number): string {
  return `${formatCount(numRows)} ${numRows === 1 ? "row" : "rows"}`;
}

/** "12.3 µs for 1 row, 40.0 µs for 8 rows"; empty where it was not timed. */
function sayTimes(kernel: string, { table }: KeptTuning): string {
  return table
    .flatMap(({ numRows, variants }) =>
      variants
        .filter((variant) => variant.kernel === kernel)
        .map(({ duration, numRowsTimed }) => {
          const about = numRowsTimed === undefined ? "" : "≈ ";
          return `${about}${formatSeconds(duration)} for ${sayRows(numRows)}`;
        }),
    )
    .join(", ");
}

/**
 * Its times in a sentence, or why there are none.
 *
 * @returns undefined for a kernel that the autotune has no choice of.
 */
export function sayTuned(id: string, tuning: KeptTuning | undefined): string | undefined {
  const kernel = findTuned(id);
  if (kernel === undefined) return undefined;
  const what = kernel === id ? "this kernel" : `its contiguous twin, ${kernel}`;
  if (tuning === undefined) {
    return `The autotune times ${what} when a model is loaded. None was loaded in this browser within a day.`;
  }
  const times = sayTimes(kernel, tuning);
  return times === ""
    ? `The autotune on ${tuning.device} left out ${what}.`
    : `The autotune on ${tuning.device} timed ${what}, at the sizes of the model loaded last: ${times}.`;
}
