// The live card: the prediction beside the published measurement.
import { useCallback, type ReactNode } from "react";
import { MEASURED_SOURCE } from "../../core/roofline/measured/measured-gemm.ts";
import { CheckedClaim } from "../../figure/checked-claim.tsx";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import type { ViewProps } from "../../figure/widget.ts";
import { Bars } from "../../ui/bars.tsx";
import { LineChart } from "../../ui/chart.tsx";
import { formatCount, formatSeconds } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { Verdict } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import {
  describeClaim,
  makeTable,
  openSlower,
  readClaim,
  writeAnswer,
  writeMillis,
  writeVerdict,
} from "./scene.ts";

const CLAIM = readClaim();

const DETAILS = [
  "In tiles of 128 × 128 the output has 96 tiles at 128 tokens and 192 at 136, and an A100 has 108 SMs: eight tokens start a second wave. Which tiles the library really chose is not recorded.",
  "So there are sizes to stop at, just below a step. One best size there is not: the steps lie elsewhere for other widths, other GPUs and other kernels.",
];

function Nearby(): ReactNode {
  const { nearby, from, to } = CLAIM;
  return (
    <LineChart
      description={describeClaim(CLAIM)}
      height={230}
      x={{ label: "Tokens", min: 64, max: 384, format: formatCount, ticks: TICKS }}
      y={{ label: "Time", min: 0, format: formatSeconds }}
      series={[
        {
          id: "measured",
          label: "Measured",
          mark: "points",
          points: nearby.map(({ tokens, seconds }) => ({ x: tokens, y: seconds })),
        },
      ]}
      rules={[{ axis: "x", value: (from.tokens + to.tokens) / 2, label: "128 | 136 tokens" }]}
    />
  );
}

const TICKS = [64, 128, 192, 256, 320, 384];

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { prediction, shouldRun, announce, setTable } = props;
  const show = useCallback(() => {
    setTable(makeTable(CLAIM, Infinity));
    announce(describeClaim(CLAIM));
  }, [announce, setTable]);
  const answer = writeAnswer(prediction, CLAIM.slower);
  return (
    <CheckedClaim runLabel="Look it up" shouldRun={shouldRun} before={<Poster />} onShown={show}>
      <Bars
        bars={[CLAIM.from, CLAIM.to].map(({ tokens, seconds }) => ({
          id: String(tokens),
          label: `${formatCount(tokens)} tokens`,
          value: seconds,
          text: writeMillis(seconds),
        }))}
        description={describeClaim(CLAIM)}
      />
      <Verdict
        sentence={writeVerdict(CLAIM)}
        details={answer === undefined ? DETAILS : [answer, ...DETAILS]}
      >
        <p className="shape-claim-open">
          136 tokens take <OpenNumber value={openSlower(CLAIM)} /> than 128
        </p>
        <ProvenanceLabel
          provenance={{ kind: "published", source: "microsoft/vidur, MIT, commit 7d47513" }}
        />{" "}
        <a className="verdict-detail" href={MEASURED_SOURCE.url}>
          data
        </a>
      </Verdict>
      <Nearby />
    </CheckedClaim>
  );
}
