// The roofline: the published roof, the roof of each machine that has one, and the points of the linear layer, modelled,
// published and measured.
import type { ReactNode } from "react";
import { Roofline } from "../../live/roofline.tsx";
import { modelledPoints, PUBLISHED_POINTS, type MachineScene } from "./scene.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

export function RooflinePicture(props: {
  readonly scenes: readonly MachineScene[];
  readonly size: Size;
}): ReactNode {
  const { scenes, size } = props;
  return (
    <Roofline
      size={size}
      modelled={modelledPoints()}
      published={PUBLISHED_POINTS}
      roofs={scenes.flatMap(({ machine, style, roof }) =>
        roof === undefined ? [] : [{ id: machine.id, style, ...roof }],
      )}
      points={scenes.flatMap(({ machine, style, points }) =>
        points.map(({ batch, intensity, rate, verdict }, index) => ({
          id: `${machine.id}-${batch}`,
          style,
          intensity,
          rate,
          kind: verdict.kind,
          label: index % 3 === 0 || index === points.length - 1 ? String(batch) : "",
        })),
      )}
    />
  );
}
