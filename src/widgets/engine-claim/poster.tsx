// What stands in the card before the prediction.
import type { ReactNode } from "react";

export function Poster(): ReactNode {
  return (
    <p className="engine-claim-note">
      This card runs no model. It holds a division against what vLLM printed on ten machines that
      are not ours.
    </p>
  );
}
