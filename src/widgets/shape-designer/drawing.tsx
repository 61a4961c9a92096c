// The picture, the same on the poster and live.
import { useId, type ReactNode } from "react";
import { formatCount, formatPercent, formatSeconds } from "../../ui/format.ts";
import { Stats } from "../../ui/parts.tsx";
import { Hatch, hatchFill } from "../../ui/picture.tsx";
import { COLOURS, LayerPicture } from "./layer-picture.tsx";
import { openGain, openParameters, openUtilisation } from "./opened.ts";
import { ProposalsTable } from "./proposals-table.tsx";
import { RulesList } from "./rules-list.tsx";
import {
  createScene,
  describeScene,
  type Design,
  type DesignerScene,
  type DesignerValues,
} from "./scene.ts";

function writeStats(scene: DesignerScene, design: Design) {
  const { shape } = design;
  const [gain, parameters] = [openGain(design), openParameters(design)];
  const utilisation = openUtilisation(scene, design);
  const met = design.rules.filter(({ proposed }) => proposed.isMet).length;
  return [
    {
      label: "Gain over the plain choice",
      value: gain.text,
      opened: gain,
      detail: "time for each parameter",
    },
    {
      label: "Of the peak",
      value: utilisation.text,
      opened: utilisation,
      detail: `plain: ${formatPercent(shape.naive.utilisation, 3)}; a step of the proposal ${formatSeconds(shape.stepSeconds)}`,
    },
    { label: "Parameters", value: parameters.text, opened: parameters },
    {
      label: "Rules met",
      value: `${formatCount(met)} of ${formatCount(design.rules.length)}`,
      detail: `plain: ${formatCount(design.rules.filter(({ plain }) => plain.isMet).length)}`,
    },
  ];
}

function Key(): ReactNode {
  const id = useId();
  return (
    <ul className="shape-designer-key">
      <li>
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <rect width="14" height="14" fill={`var(--${COLOURS.proposed})`} />
        </svg>
        proposal
      </li>
      <li>
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <rect width="14" height="14" fill={`var(--${COLOURS.plain})`} />
        </svg>
        plain choice
      </li>
      <li>
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <Hatch id={id} colour="muted" />
          <rect width="14" height="14" fill={hatchFill(id)} stroke="var(--muted)" />
        </svg>
        hatched: idle SMs, and parts of tiles outside the output
      </li>
    </ul>
  );
}

export interface DrawingProps {
  readonly values: DesignerValues;
  readonly onChoose?: (proposal: number) => void;
}

export function Drawing({ values, onChoose }: DrawingProps): ReactNode {
  const scene = createScene(values);
  const { design } = scene;
  if (design === undefined) return <output>{scene.problem}</output>;
  return (
    <>
      <Stats stats={writeStats(scene, design)} />
      <ProposalsTable design={design} onChoose={onChoose} />
      <LayerPicture design={design} description={describeScene(scene)} />
      <Key />
      <RulesList rules={design.rules} />
      <p className="shape-designer-note">
        Plain: as many layers and heads, the width that the number of parameters gives, 8/3 of it
        for the feed-forward width, nothing rounded further. Proposals stand in the order of
        modelled time for each parameter. Times and tiles are modelled, with losses fitted to
        products measured on an A100 and an H100 (microsoft/vidur, MIT, commit 7d47513).
      </p>
    </>
  );
}
