// The proposals, best first, and the plain choice that the chosen one is held against.
import type { ReactNode } from "react";
import type { DesignedShape } from "../../core/shapes/design.ts";
import { Button } from "../../ui/controls.tsx";
import { formatCount, formatNumber, formatPercent } from "../../ui/format.ts";
import type { Design } from "./scene.ts";

function Cells({ one }: { readonly one: DesignedShape }): ReactNode {
  const { numLayers, width, numHeads, numKvHeads, hiddenWidth, vocabulary } = one.shape;
  return (
    <>
      <td>{formatCount(numLayers)}</td>
      <td>{formatCount(width)}</td>
      <td>
        {numHeads}/{numKvHeads}
      </td>
      <td>{formatCount(hiddenWidth)}</td>
      <td>{formatCount(vocabulary)}</td>
      <td>{formatNumber(one.parameters / 1e9)}</td>
    </>
  );
}

export interface ProposalsTableProps {
  readonly design: Design;
  /** Absent on the poster. */
  readonly onChoose: ((proposal: number) => void) | undefined;
}

export function ProposalsTable({ design, onChoose }: ProposalsTableProps): ReactNode {
  const { proposals, chosen, shape } = design;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must take the keyboard
    <section className="scrolls shape-designer-table" tabIndex={0} aria-label="Proposals">
      <table>
        <thead>
          <tr>
            <th scope="col">Shape</th>
            <th scope="col">Layers</th>
            <th scope="col">Width</th>
            <th scope="col">Heads/KV</th>
            <th scope="col">Feed-forward</th>
            <th scope="col">Entries</th>
            <th scope="col">Parameters, 10⁹</th>
            <th scope="col">Gain</th>
          </tr>
        </thead>
        <tbody>
          {proposals.map((proposal, i) => (
            // By place: as the slider moves, the first proposal stays the first row.
            <tr key={i} className={i === chosen ? "shape-designer-chosen" : ""}>
              <th scope="row">
                {onChoose === undefined ? (
                  `Proposal ${i + 1}`
                ) : (
                  <Button kind="quiet" isCurrent={i === chosen} onPress={() => onChoose(i + 1)}>
                    {`Proposal ${i + 1}`}
                  </Button>
                )}
              </th>
              <Cells one={proposal} />
              <td>{formatPercent(proposal.gain)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">Plain</th>
            <Cells one={shape.naive} />
            <td>—</td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}
