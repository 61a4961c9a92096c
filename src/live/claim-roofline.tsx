// Below the result of a claim: the points of its run on the roofline of the device that it ran on, and what binds them.
import type { ReactNode } from "react";
import { Verdict } from "../ui/parts.tsx";
import { PointDetails, RooflinePicture, sayNoRoof, type PictureProps } from "./result.tsx";
import { sayScene, sharedBound } from "./scene.ts";

/** A run without a ladder has no roofline, and says why. */
export function ClaimRoofline(props: PictureProps): ReactNode {
  const { subject, scene } = props;
  const { record, ladder, noLadder } = scene.run;
  if (ladder === undefined) {
    const why = noLadder ?? "no roofs of its device were measured with it";
    return <p className="live-note">No roofline is drawn for this run: {why}.</p>;
  }
  return (
    <section className="live-claim" aria-label={`On the roofline of ${record.device.name}`}>
      <p className="live-arm">
        On {record.device.isSoftware ? "a" : "the"} roofline
        {record.device.isSoftware ? "" : " of this device"}
      </p>
      <RooflinePicture {...props} />
      <Verdict
        bound={sharedBound(scene)}
        sentence={sayScene(subject, scene)}
        details={[
          ...sayNoRoof(scene),
          ...ladder.notes.filter((note) => !record.notes.includes(note)),
        ]}
      >
        <PointDetails {...scene} />
      </Verdict>
    </section>
  );
}

/** The same of a run recorded elsewhere, folded. */
export function RecordedRoofline(props: PictureProps): ReactNode {
  return (
    <details className="live-recorded">
      <summary>What bound it</summary>
      <ClaimRoofline {...props} />
    </details>
  );
}
