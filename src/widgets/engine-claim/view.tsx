// The live card: each log's blocks beside the prediction, and what the claim is worth.
import { useCallback, type ReactNode } from "react";
import { CheckedClaim } from "../../figure/checked-claim.tsx";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import type { ViewProps } from "../../figure/widget.ts";
import { formatCount, formatNumber } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { Verdict } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import {
  describeClaim,
  makeTable,
  openPrediction,
  readClaim,
  writeAnswer,
  writeDetails,
  writeVerdict,
  type CheckedCase,
} from "./scene.ts";

const CLAIM = readClaim();

function CaseRow({ one }: { readonly one: CheckedCase }): ReactNode {
  const { name, source, availableGiB, loggedBlocks, concurrency, loggedConcurrency } = one;
  return (
    <tr>
      <th scope="row">{source === undefined ? name : <a href={source}>{name}</a>}</th>
      <td className="number">{availableGiB} GiB</td>
      <td>
        <OpenNumber value={openPrediction(one)} />
      </td>
      <td className="number">
        {formatCount(loggedBlocks)} {one.isWithin ? "✓" : "✗"}
      </td>
      <td className="number">
        {concurrency === undefined
          ? "—"
          : `${formatNumber(concurrency, 4)} / ${formatNumber(loggedConcurrency, 4)}`}
      </td>
    </tr>
  );
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { prediction, shouldRun, announce, setTable } = props;
  const show = useCallback(() => {
    setTable(makeTable(CLAIM, true));
    announce(describeClaim(CLAIM));
  }, [announce, setTable]);
  const answer = writeAnswer(prediction, CLAIM);
  const details = writeDetails(CLAIM);
  return (
    <CheckedClaim runLabel="Divide" shouldRun={shouldRun} before={<Poster />} onShown={show}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways on a phone */}
      <section className="engine-claim-scroll" aria-label="The logs" tabIndex={0}>
        <table className="engine-claim-table">
          <thead>
            <tr>
              <th scope="col">Log</th>
              <th scope="col">Left, each GPU</th>
              <th scope="col">Predicted blocks</th>
              <th scope="col">Logged blocks</th>
              <th scope="col">Concurrency, predicted / logged</th>
            </tr>
          </thead>
          <tbody>
            {CLAIM.cases.map((one) => (
              <CaseRow key={one.id} one={one} />
            ))}
          </tbody>
        </table>
      </section>
      <Verdict
        sentence={writeVerdict(CLAIM)}
        details={answer === undefined ? details : [answer, ...details]}
      >
        <span className="engine-claim-origin">
          <ProvenanceLabel provenance={{ kind: "modelled" }} />
          <ProvenanceLabel
            provenance={{ kind: "published", source: "public logs of vLLM, linked where known" }}
          />
        </span>
      </Verdict>
    </CheckedClaim>
  );
}
