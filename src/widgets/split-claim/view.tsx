// The live card: the parts of the step, and what the claim is worth.
import { useCallback, type ReactNode } from "react";
import { CheckedClaim } from "../../figure/checked-claim.tsx";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import type { ViewProps } from "../../figure/widget.ts";
import { Bars, type Bar } from "../../ui/bars.tsx";
import { formatSeconds } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { Verdict } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import {
  describeClaim,
  makeTable,
  openShare,
  readClaim,
  writeAnswer,
  writeDetails,
  writeVerdict,
} from "./scene.ts";

const CLAIM = readClaim();

function toBar(label: string, value: number, colour: string): Bar {
  return { id: label, label, value, text: formatSeconds(value), colour };
}

function toBars(): Bar[] {
  const { nvlink, pcie } = CLAIM;
  return [
    toBar("own work, waiting for memory", nvlink.compute, "memory-bound"),
    toBar("all-reduces, NVLink: latency", nvlink.latency, "series-4"),
    toBar("all-reduces, NVLink: bytes", nvlink.sending, "series-4"),
    toBar("all-reduces, PCIe: latency", pcie.latency, "series-6"),
    toBar("all-reduces, PCIe: bytes", pcie.sending, "series-6"),
  ];
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { prediction, shouldRun, announce, setTable } = props;
  const show = useCallback(() => {
    setTable(makeTable(CLAIM, true));
    announce(describeClaim(CLAIM));
  }, [announce, setTable]);
  const answer = writeAnswer(prediction, CLAIM.nvlink.share);
  const details = writeDetails(CLAIM);
  return (
    <CheckedClaim runLabel="Work it out" shouldRun={shouldRun} before={<Poster />} onShown={show}>
      <Bars bars={toBars()} description={describeClaim(CLAIM)} />
      <Verdict
        sentence={writeVerdict(CLAIM)}
        details={answer === undefined ? details : [answer, ...details]}
      >
        <p className="split-claim-open">
          Share of the all-reduces: <OpenNumber value={openShare(CLAIM)} />
        </p>
        <ProvenanceLabel provenance={{ kind: "modelled" }} />
      </Verdict>
    </CheckedClaim>
  );
}
