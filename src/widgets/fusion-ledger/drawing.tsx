// The picture, the same on the poster and live.
import { useId, type ReactNode } from "react";
import { formatSeconds } from "../../ui/format.ts";
import { Stats } from "../../ui/parts.tsx";
import { Hatch, hatchFill } from "../../ui/picture.tsx";
import { KINDS, LedgerPicture } from "./ledger-picture.tsx";
import { openFused, openSaving, openTime, openUnfused } from "./opened.ts";
import { createScene, describeScene, type FusionScene, type FusionValues } from "./scene.ts";

function writeStats(scene: FusionScene, values: FusionValues) {
  const [apart, fused] = [openUnfused(values, scene), openFused(values, scene)];
  const [saving, time] = [openSaving(scene), openTime(scene)];
  return [
    {
      label: "Moved, apart",
      value: apart.text,
      opened: apart,
    },
    { label: "Moved, fused", value: fused.text, opened: fused },
    { label: "Bytes saved", value: saving.text, opened: saving },
    {
      label: "Time saved, roofline, A100",
      value: time.text,
      opened: time,
      detail: `${formatSeconds(scene.unfusedSeconds)} → ${formatSeconds(scene.fusedSeconds)}`,
    },
  ];
}

function Key(): ReactNode {
  const id = useId();
  return (
    <ul className="fusion-ledger-key">
      {KINDS.map(({ id: kind, label, colour }) => (
        <li key={kind}>
          <svg viewBox="0 0 14 14" aria-hidden="true">
            <rect width="14" height="14" fill={`var(--${colour})`} />
          </svg>
          {label}
        </li>
      ))}
      <li>
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <Hatch id={id} colour="muted" />
          <rect width="14" height="14" fill={hatchFill(id)} stroke="var(--muted)" />
        </svg>
        hatched: removed by fusion
      </li>
    </ul>
  );
}

export function Drawing({ values }: { readonly values: FusionValues }): ReactNode {
  const scene = createScene(values);
  return (
    <>
      <Stats stats={writeStats(scene, values)} />
      <Key />
      <LedgerPicture scene={scene} description={describeScene(scene, values)} />
    </>
  );
}
