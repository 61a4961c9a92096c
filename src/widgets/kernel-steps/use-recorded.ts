// A run recorded elsewhere, where this browser cannot make one: fetched for the family that is shown.
import { useEffect, useState } from "react";
import type { FamilyId } from "../../experiments/kernel-steps/steps.ts";
import type { Measured } from "./scene.ts";

/** @param isWanted - fetched only then; undefined until it is there, and where there is none. */
export function useRecorded(family: FamilyId, isWanted: boolean): Measured | undefined {
  const [found, setFound] = useState<Measured>();
  useEffect(() => {
    if (!isWanted) return undefined;
    let isCurrent = true;
    const load = async () => {
      const { findRecorded } = await import("./recorded.ts");
      const recorded = await findRecorded(family);
      if (isCurrent) setFound(recorded);
    };
    // Without it the figure stands as it did: work and sources, and no times.
    load().catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [family, isWanted]);
  return isWanted && found?.family === family ? found : undefined;
}
