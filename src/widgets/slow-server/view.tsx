// The live figure: a box for the reader's own text, the causes, and the simulator's answer.
import { useDeferredValue, useEffect, useId, useMemo, useState, type ReactNode } from "react";
import type { ViewProps } from "../../figure/widget.ts";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import { Drawing } from "./drawing.tsx";
import { knownRuns } from "./first-run.ts";
import type { parameters } from "./parameters.ts";
import { createScene, describeScene, getExample, makeTable } from "./scene.ts";
import { useRun, type RunControl } from "./use-run.ts";

const KNOWN = knownRuns();
/** Nobody wants to hear a result for each key. */
const SETTLED_MS = 700;

function Status({
  control,
  isLarge,
}: {
  readonly control: RunControl;
  readonly isLarge: boolean;
}): ReactNode {
  const { state, start, stop } = control;
  switch (state.kind) {
    case "running":
      return (
        <div className="slow-server-status">
          <Progress label="Simulating before and after" fraction={state.fraction} />
          <Button onPress={stop}>Stop</Button>
        </div>
      );
    case "failed":
      return (
        <div className="slow-server-status">
          <p>{state.message}</p>
          <Button onPress={start}>Try again</Button>
        </div>
      );
    case "idle":
      return (
        <div className="slow-server-status">
          <Button kind="primary" onPress={start}>
            {isLarge ? "Simulate with a real trace" : "Simulate"}
          </Button>
        </div>
      );
    default:
      return null;
  }
}

function copyLine(line: string, announce: (sentence: string) => void): void {
  navigator.clipboard.writeText(line).then(
    () => announce("The line is copied."),
    () => announce("The browser did not allow copying."),
  );
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, announce, setTable } = props;
  const id = useId();
  const example = getExample(values);
  // What the reader wrote belongs to the example that it was written over.
  const [own, setOwn] = useState<{ readonly example: string; readonly text: string }>();
  const text = own?.example === values.example ? own.text : undefined;
  const [picked, setPicked] = useState<string>();
  const read = useDeferredValue(text);
  const scene = useMemo(() => createScene(values, read), [values, read]);
  const chosen = scene.causes.find(({ finding }) => finding.id === picked) ?? scene.causes[0];
  const control = useRun(chosen?.finding.runs, KNOWN);
  const run = control.state.kind === "done" ? control.state.picture : undefined;
  useEffect(() => setTable(makeTable(chosen, run)), [chosen, run, setTable]);
  useEffect(() => {
    if (read === undefined) return undefined;
    const settled = setTimeout(() => announce(describeScene(scene)), SETTLED_MS);
    return () => clearTimeout(settled);
  }, [read, scene, announce]);
  return (
    <>
      <div className="slow-server-paste">
        <label htmlFor={id}>
          The <code>vllm serve</code> line, its log, the answer of <code>/metrics</code>: any of
          them, in any order. It stays on this page.
        </label>
        <textarea
          id={id}
          value={text ?? example.text}
          spellCheck={false}
          autoComplete="off"
          onChange={({ currentTarget }) =>
            setOwn({ example: values.example, text: currentTarget.value })
          }
        />
        <div className="slow-server-buttons">
          <Button
            kind="quiet"
            disabled={text === ""}
            onPress={() => setOwn({ example: values.example, text: "" })}
          >
            Empty the box
          </Button>
          <Button kind="quiet" disabled={text === undefined} onPress={() => setOwn(undefined)}>
            Put the example back
          </Button>
        </div>
        {text === undefined && (
          <p className="slow-server-note">
            {example.source === undefined ? (
              "An example in the form of vLLM’s own output; its numbers are made up."
            ) : (
              <>
                An example; its error is from <a href={example.source}>a public thread</a>.
              </>
            )}
          </p>
        )}
      </div>
      <Drawing
        scene={scene}
        chosen={chosen}
        run={run}
        onChoose={setPicked}
        copy={
          chosen !== undefined && (
            <Button onPress={() => copyLine(chosen.line, announce)}>Copy</Button>
          )
        }
        status={
          chosen?.finding.runs !== undefined && (
            <Status control={control} isLarge={chosen.finding.runs.isLarge} />
          )
        }
      />
    </>
  );
}
