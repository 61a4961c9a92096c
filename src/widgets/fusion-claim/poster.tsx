// What stands in the card before the prediction.
import type { ReactNode } from "react";

export function Poster(): ReactNode {
  return (
    <p className="fusion-claim-note">
      This card counts bytes and divides by data-sheet peaks. It also shows a recorded run in which
      all kernels of the story model were timed, apart and fused.
    </p>
  );
}
