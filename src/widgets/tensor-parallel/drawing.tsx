// The picture, the same on the poster and live.
import type { ReactNode } from "react";
import { formatCount, formatSeconds } from "../../ui/format.ts";
import { Stats, type Stat } from "../../ui/parts.tsx";
import { openNeeded, openShare, openStep } from "./opened.ts";
import { Panels, PARTS } from "./panels.tsx";
import {
  bestStep,
  createScene,
  describeHeads,
  describeLimit,
  describeScene,
  ownSeconds,
  type ParallelScene,
  type ParallelValues,
  type RankRow,
} from "./scene.ts";

function writeStats(scene: ParallelScene): Stat[] {
  const needed = openNeeded(scene);
  const row = scene.needed ?? scene.rows.findLast(({ problem }) => problem === undefined);
  return [
    {
      label: "GPUs needed",
      value: needed.text,
      opened: needed,
      detail: scene.needed === undefined ? "even 16 do not hold it" : "to hold weights and caches",
    },
    ...(row === undefined ? [] : writeStepStats(scene, row)),
  ];
}

function writeStepStats(scene: ParallelScene, row: RankRow): Stat[] {
  const step = bestStep(row);
  const where = `on ${formatCount(row.ranks)}`;
  if (step === undefined) {
    return [
      {
        label: `A decode step ${where}`,
        value: formatSeconds(ownSeconds(row)),
        detail: "at least",
      },
    ];
  }
  const [time, share] = [openStep(scene, row, step), openShare(row, step)];
  const stats = [
    { label: `A decode step ${where}`, value: time.text, opened: time, detail: step.link.name },
    { label: "Share of all-reduces", value: share.text, opened: share, detail: step.link.name },
  ];
  if (row.pcie === undefined || row.pcie === step) return stats;
  const pcie = openShare(row, row.pcie);
  return [
    ...stats,
    { label: "The same over PCIe", value: pcie.text, opened: pcie, detail: row.pcie.link.name },
  ];
}

function Key(): ReactNode {
  return (
    <ul className="tensor-parallel-key">
      {Object.entries(PARTS).map(([name, { label, colour }]) => (
        <li key={name}>
          <svg viewBox="0 0 14 14" aria-hidden="true">
            <rect width="14" height="14" fill={`var(--${colour})`} />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}

export function Drawing({ values }: { readonly values: ParallelValues }): ReactNode {
  const scene = createScene(values);
  return (
    <>
      <Stats stats={writeStats(scene)} />
      <Key />
      <Panels scene={scene} description={`${describeScene(scene)} ${describeHeads(scene)}`} />
      <p className="tensor-parallel-note">
        {describeHeads(scene)} Hatched: beyond the memory, or a further copy of a head. Pale: a step
        of GPUs that cannot hold it. Own work by the roofline, at best; all-reduces as fitted to
        measured ones (microsoft/vidur, MIT, commit 7d47513). {scene.caveat} {describeLimit(scene)}
      </p>
    </>
  );
}
