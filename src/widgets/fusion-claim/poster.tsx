// What stands in the card before the prediction.
import type { ReactNode } from "react";

export function Poster(): ReactNode {
  return (
    <p className="fusion-claim-note">
      This card counts bytes and divides by data-sheet peaks. Then your device can time all kernels
      of the story model, apart and fused; a recorded run stands there until it has.
    </p>
  );
}
