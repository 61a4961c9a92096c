// What stands in the card before the prediction.
import type { ReactNode } from "react";

export function Poster(): ReactNode {
  return (
    <p className="shape-claim-note">
      This card runs nothing: the answer is a published measurement of that product on a real A100.
      An A100 has 108 streaming multiprocessors (SMs), and a matrix product is cut into tiles that
      they work on.
    </p>
  );
}
