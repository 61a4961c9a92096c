// The live figure: the picture follows the sliders, and time runs by steps or by itself.
import { useRef, useState, type ReactNode } from "react";
import { useFrames } from "../../figure/motion.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { Button } from "../../ui/controls.tsx";
import { Drawing } from "./drawing.tsx";
import { LAST_STEP, type parameters } from "./parameters.ts";

/** Seconds that a step stays while playing. */
const STEP_SECONDS = 0.15;

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, setValues, isMotionReduced } = props;
  const { step } = values;
  const box = useRef<HTMLDivElement>(null);
  const waited = useRef(0);
  const [wantsPlay, setWantsPlay] = useState(false);
  const isPlaying = wantsPlay && !isMotionReduced && step < LAST_STEP;
  const goTo = (next: number) =>
    setValues({ step: Math.min(LAST_STEP, Math.max(1, Math.round(next))) });
  useFrames({
    target: box,
    isPlaying,
    onFrame: (stepSeconds) => {
      waited.current += stepSeconds;
      if (waited.current < STEP_SECONDS) return;
      waited.current = 0;
      goTo(step + 1);
      // Otherwise a slider that is moved back from the end would set it off again.
      if (step + 1 >= LAST_STEP) setWantsPlay(false);
    },
  });
  const play = () => {
    if (step >= LAST_STEP) goTo(1);
    setWantsPlay(!isPlaying);
  };
  return (
    <div ref={box}>
      <Drawing values={values}>
        <Button disabled={step <= 1} onPress={() => goTo(step - 1)}>
          Back
        </Button>
        <Button disabled={step >= LAST_STEP} onPress={() => goTo(step + 1)}>
          Next
        </Button>
        {!isMotionReduced && <Button onPress={play}>{isPlaying ? "Pause" : "Play"}</Button>}
      </Drawing>
    </div>
  );
}
