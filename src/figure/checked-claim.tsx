// The live part of a claim card whose evidence is at hand, in formulas and recorded measurements: a press shows it.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button } from "../ui/controls.tsx";

export interface CheckedClaimProps {
  /** Label of the button, such as "Check it". */
  readonly runLabel: string;
  /** The press on the poster's button was the reader's: show the evidence at once. */
  readonly shouldRun: boolean;
  /** What stands there before. */
  readonly before: ReactNode;
  /** The evidence. */
  readonly children: ReactNode;
  /** Called once, when the evidence is shown. */
  readonly onShown: () => void;
}

export function CheckedClaim(props: CheckedClaimProps): ReactNode {
  const { runLabel, shouldRun, before, children, onShown } = props;
  const [isShown, setIsShown] = useState(shouldRun);
  const evidence = useRef<HTMLDivElement>(null);
  const hasSaid = useRef(false);
  useEffect(() => {
    if (!isShown || hasSaid.current) return;
    hasSaid.current = true;
    // The pressed button is gone, and the keyboard must stay where it was.
    if (document.activeElement === document.body) evidence.current?.focus();
    onShown();
  }, [isShown, onShown]);
  if (isShown) {
    return (
      <div ref={evidence} tabIndex={-1}>
        {children}
      </div>
    );
  }
  return (
    <>
      <div className="figure-run">
        <Button kind="primary" onPress={() => setIsShown(true)}>
          {runLabel}
        </Button>
      </div>
      {before}
    </>
  );
}
