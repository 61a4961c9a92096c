// What the reader thinks will happen, asked before it happens: committed once, kept, or skipped.
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import type { PredictionQuestion } from "./widget.ts";

/** `undefined`: not answered yet. */
export type Answer =
  { readonly kind: "committed"; readonly value: string } | { readonly kind: "skipped" } | undefined;

/** Where predictions are kept: the reader's notebook, given by the site. */
export interface PredictionBook {
  find(figure: string): Promise<string | undefined>;
  keep(prediction: {
    figure: string;
    question: string;
    answer: string;
    label: string;
  }): Promise<void>;
}

export interface PredictProps {
  /** The widget's id. */
  readonly figure: string;
  readonly asked: PredictionQuestion;
  readonly answer: Answer;
  /** Absent at build time. */
  readonly book?: PredictionBook | undefined;
  readonly onAnswer: (answer: Answer) => void;
}

/** An answer given on an earlier visit stands. */
function useEarlierAnswer(
  { figure, asked, book }: PredictProps,
  onEarlier: (answer: Answer) => void,
): void {
  useEffect(() => {
    let isGone = false;
    void book?.find(figure).then((value) => {
      if (isGone || value === undefined) return;
      if (asked.options.some((option) => option.value === value))
        onEarlier({ kind: "committed", value });
    });
    return () => {
      isGone = true;
    };
  }, [figure, asked.options, book, onEarlier]);
}

export function Predict(props: PredictProps): ReactNode {
  const { figure, asked, answer, book, onAnswer } = props;
  const [choice, setChoice] = useState<string>();
  const [isMissing, setIsMissing] = useState(false);
  const box = useRef<HTMLFieldSetElement>(null);
  const status = useRef<HTMLParagraphElement>(null);
  const hasActed = useRef(false);
  const takeEarlier = useCallback(
    (earlier: Answer) => {
      // The reader may be at the radio buttons, which the answer locks.
      hasActed.current = box.current?.contains(document.activeElement) === true;
      onAnswer(earlier);
    },
    [onAnswer],
  );
  useEarlierAnswer(props, takeEarlier);
  // The pressed button is gone by then, and the keyboard must stay where it was.
  useEffect(() => {
    if (hasActed.current && answer !== undefined) status.current?.focus();
  }, [answer]);
  const act = (next: Answer) => {
    hasActed.current = true;
    onAnswer(next);
  };
  const chosen = answer?.kind === "committed" ? answer.value : choice;
  const label = asked.options.find((option) => option.value === chosen)?.label;
  const commit = () => {
    if (chosen === undefined || label === undefined) {
      setIsMissing(true);
      box.current?.querySelector("input")?.focus();
      return;
    }
    act({ kind: "committed", value: chosen });
    void book?.keep({ figure, question: asked.question, answer: chosen, label });
  };
  return (
    <fieldset ref={box} className="predict" data-predict="">
      <legend>{asked.question}</legend>
      <div className="predict-options">
        {asked.options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={`predict-${figure}`}
              value={option.value}
              checked={option.value === chosen}
              disabled={answer !== undefined}
              onChange={() => setChoice(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
      <output className={isMissing && chosen === undefined ? "predict-status" : "visually-hidden"}>
        {isMissing && chosen === undefined && "Choose an answer first, or skip."}
      </output>
      {answer === undefined ? (
        <div className="predict-actions">
          <button type="button" className="button" data-commit="" onClick={commit}>
            Commit prediction
          </button>
          <button
            type="button"
            className="button button-quiet"
            onClick={() => act({ kind: "skipped" })}
          >
            Skip
          </button>
        </div>
      ) : (
        <p ref={status} tabIndex={-1} className="predict-status">
          {answer.kind === "skipped" ? "No prediction." : `You predicted: ${label ?? ""}.`}
        </p>
      )}
    </fieldset>
  );
}
