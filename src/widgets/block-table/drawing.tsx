// Controls, what the last step did, the state and the key figures; the same on the poster and live.
import type { ReactNode } from "react";
import { Stats } from "../../ui/parts.tsx";
import { openEmpty, openShared, openUsed } from "./opened.ts";
import { OperationControls, StepControls, type ControlsProps } from "./controls.tsx";
import { BlocksPicture } from "./picture.tsx";
import { MACHINE_NAMES, NOTHING_YET, usageOf, type BlockTableScene } from "./scene.ts";

/** What the last step did; under it, what the teacher asks before the next one. */
function Happened({ scene }: { readonly scene: BlockTableScene }): ReactNode {
  const { outcome, program, tour } = scene;
  const next = tour?.steps[program.numDone];
  const className = outcome?.isRefused === true ? "block-table-refused" : "block-table-happened";
  return (
    <div className="block-table-story">
      <p className={className}>
        <strong className="number">
          Step {program.numDone} of {program.operations.length}
        </strong>{" "}
        {outcome?.sentence ?? NOTHING_YET}
      </p>
      {next !== undefined && (
        <p className="block-table-ask">
          <strong>Before step {program.numDone + 1}:</strong> {next.ask}
        </p>
      )}
    </div>
  );
}

export function Drawing(props: ControlsProps): ReactNode {
  const { scene } = props;
  const usage = usageOf(scene.snapshot);
  const [used, shared, empty] = [openUsed(usage), openShared(usage), openEmpty(usage)];
  return (
    <>
      {scene.program.problem !== undefined && (
        <output className="figure-notice">{scene.program.problem}</output>
      )}
      <StepControls {...props} />
      <Happened scene={scene} />
      <BlocksPicture scene={scene} />
      <Stats
        stats={[
          { label: "Blocks in use", value: used.text, opened: used },
          { label: "Blocks saved by sharing", value: shared.text, opened: shared },
          { label: "Empty slots", value: empty.text, opened: empty },
        ]}
      />
      <p className="block-table-simulated">
        Simulated: the rules of {MACHINE_NAMES[scene.machineId]} on eight small blocks, not the
        blocks of the engine that runs in this page. Token A7 is the seventh of sequence A; s1 to s8
        are the common start.
      </p>
      <OperationControls {...props} />
    </>
  );
}
