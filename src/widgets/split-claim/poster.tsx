// What stands in the card before the prediction.
import type { ReactNode } from "react";

export function Poster(): ReactNode {
  return (
    <p className="split-claim-note">
      This card runs no model: it works with the arithmetic of the step and with all-reduce times
      that were measured on real DGX nodes.
    </p>
  );
}
