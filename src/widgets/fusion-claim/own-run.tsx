// All kernels of the story model on the reader's device, apart and fused; before that, a run recorded elsewhere.
import type { ReactNode } from "react";
import type { ExperimentRecord } from "../../experiments/record.ts";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import { siteUrl } from "../../figure/site-url.ts";
import { useTask } from "../../figure/task.ts";
import { ClaimRoofline, RecordedRoofline } from "../../live/claim-roofline.tsx";
import { findLadder } from "../../live/recorded.ts";
import { createScene, sayScene, type Run } from "../../live/scene.ts";
import { STEP_WORDS } from "../../live/story-steps.ts";
import { leaseModel, type ReadyEngine } from "../../model/page-engine.ts";
import { KeepRun } from "../../notebook/keep-run.tsx";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import { RECORDED } from "./recorded.ts";
import { Result } from "./result.tsx";
import { subjectOf } from "./roofline.ts";
import { runFusion } from "./run.ts";
import { describeRun } from "./scene.ts";

const leaseStoryModel = (onProgress: (fraction: number) => void) =>
  leaseModel(siteUrl("models/stories-1m"), onProgress);

/** Nothing where none was recorded. */
function Recorded(): ReactNode {
  if (RECORDED === undefined) return null;
  const { device, startedAt } = RECORDED;
  const subject = subjectOf(RECORDED);
  const scene = createScene(subject, { record: RECORDED, ladder: findLadder(device.name) });
  const provenance = {
    kind: "recorded",
    device: device.name,
    date: startedAt.slice(0, 10),
  } as const;
  return (
    <section aria-label="A run recorded elsewhere">
      <p className="fusion-claim-note">Until then, a run recorded elsewhere:</p>
      <Result record={RECORDED} origin={<ProvenanceLabel provenance={provenance} />} />
      <RecordedRoofline subject={subject} scene={scene} words={STEP_WORDS} />
    </section>
  );
}

function Found({ run }: { readonly run: Run<ExperimentRecord> }): ReactNode {
  const { record } = run;
  const subject = subjectOf(record);
  return (
    <>
      <Result
        record={record}
        origin={<ProvenanceLabel provenance={{ kind: "measured", device: record.device.name }} />}
      >
        <div className="live-actions">
          <KeepRun key={record.startedAt} record={record} />
        </div>
      </Result>
      <ClaimRoofline subject={subject} scene={createScene(subject, run)} words={STEP_WORDS} />
    </>
  );
}

export interface OwnRunProps {
  readonly announce: (text: string) => void;
}

export function OwnRun({ announce }: OwnRunProps): ReactNode {
  const { state, start, stop } = useTask<ReadyEngine, Run<ExperimentRecord>>(leaseStoryModel);
  const run = () =>
    start(async (ready, context) => {
      const found = await runFusion(ready, context);
      const subject = subjectOf(found.record);
      announce(`${describeRun(found.record)} ${sayScene(subject, createScene(subject, found))}`);
      return found;
    });
  const found = state.kind === "done" ? state.result : undefined;
  return (
    <section className="fusion-claim-own" aria-label="All kernels of the story model">
      <p className="fusion-claim-note">
        The count is of one ReLU. Of all kernels of the story model together, each operation apart
        or fused with its neighbours, a run gives the times:
      </p>
      <div className="live-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button kind="primary" onPress={run}>
            {found === undefined ? "Run on this device" : "Run again"}
          </Button>
        )}
      </div>
      {state.kind === "running" && <Progress label={state.stage} fraction={state.fraction} />}
      {state.kind === "failed" && (
        <div className="figure-error" role="alert">
          <p>{state.message}</p>
          <Button onPress={run}>Try again</Button>
        </div>
      )}
      {found === undefined ? <Recorded /> : <Found run={found} />}
    </section>
  );
}
