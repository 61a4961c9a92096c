// What stands in the card before the prediction.
import type { ReactNode } from "react";
import { formatCount } from "../../ui/format.ts";
import { NUM_REQUESTS, NUM_SEEDS, STEP_TIMES } from "./scene.ts";

export function Poster(): ReactNode {
  return (
    <p className="continuous-claim-note">
      This card runs a simulator: {formatCount(NUM_SEEDS)} draws of {formatCount(NUM_REQUESTS)}{" "}
      requests, each served by both schedulers, with steps as long as those of {STEP_TIMES}. It
      takes a few seconds. Then a thousand requests of a real service can be replayed.
    </p>
  );
}
