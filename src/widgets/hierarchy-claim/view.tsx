// The live card: works the ratio out and shows it.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { ridgePoint } from "../../core/catalog/gpus/gpus.ts";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import type { ViewProps } from "../../figure/widget.ts";
import { Bars } from "../../ui/bars.tsx";
import { Button } from "../../ui/controls.tsx";
import { formatNumber } from "../../ui/format.ts";
import { Stats, Verdict } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { Picture } from "./picture.tsx";
import { Poster } from "./poster.tsx";
import { writePrediction } from "./prediction.ts";
import {
  getGpu,
  makeTable,
  rankGpus,
  RUNS_ON,
  writeFurther,
  writeInputs,
  writeResults,
  writeVerdict,
} from "./scene.ts";

function Result({ prediction }: { readonly prediction: string | undefined }): ReactNode {
  const gpu = getGpu();
  const answer = writePrediction(prediction, ridgePoint(gpu));
  return (
    <>
      <Picture flopsPerByte={ridgePoint(gpu)} />
      <Verdict
        bound="memory-bound"
        sentence={writeVerdict(gpu)}
        details={[...(answer === undefined ? [] : [answer]), writeFurther(gpu), RUNS_ON]}
      >
        <ProvenanceLabel
          provenance={{
            kind: "published",
            source: `datasheet of the ${gpu.name}, read on ${gpu.source.readOn}`,
          }}
        />
      </Verdict>
      <div className="hierarchy-claim-stats">
        <Stats stats={[...writeInputs(gpu), ...writeResults(gpu)]} />
      </div>
      <p className="hierarchy-claim-note">FLOP in the time of one byte on each GPU:</p>
      <Bars
        description="FLOP in the time of one byte, for every GPU of the catalogue."
        bars={rankGpus().map(({ id, name, flopsPerByte }) => ({
          id,
          label: id === gpu.id ? <b>{name}</b> : name,
          value: flopsPerByte,
          text: formatNumber(flopsPerByte),
          colour: "memory-bound",
        }))}
      />
    </>
  );
}

type Props = ViewProps<typeof parameters>;

export default function View({ prediction, shouldRun, announce, setTable }: Props): ReactNode {
  const [isWorkedOut, setWorkedOut] = useState(false);
  const workOut = () => {
    setWorkedOut(true);
    setTable(makeTable(true));
    announce(writeVerdict(getGpu()));
  };
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    workOut();
  });
  if (isWorkedOut) return <Result prediction={prediction} />;
  return (
    <>
      <div className="hierarchy-claim-run">
        <Button kind="primary" onPress={workOut}>
          Work it out
        </Button>
      </div>
      <Poster />
    </>
  );
}
