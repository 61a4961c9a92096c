// The live simulator: runs what was asked for in the page's Worker.
import { useMemo, useState, type ReactNode } from "react";
import { saveText } from "../../figure/export.ts";
import { useTask, type Lease, type TaskContext } from "../../figure/task.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { serialiseScenario } from "../../core/simulation/scenario-json.ts";
import { SCENARIO_SCHEMA, type Scenario } from "../../core/simulation/scenario-types.ts";
import { simulate } from "../../simulator/simulator.ts";
import { Button } from "../../ui/controls.tsx";
import { formatCount } from "../../ui/format.ts";
import { Progress } from "../../ui/parts.tsx";
import { AskedWords } from "./asked.tsx";
import { EXAMPLES, type Example } from "./examples.ts";
import { OwnScenario } from "./own-scenario.tsx";
import { MAX_LINK, type parameters } from "./parameters.ts";
import { Results } from "./results.tsx";
import { ask, describeOutcomes, shortText, tableOf, type Asked, type Outcome } from "./scene.ts";

type Simulate = typeof simulate;

/** The Worker belongs to the page and ends by itself: nothing is held for a run. */
function leaseSimulator(): Lease<Simulate> {
  return { ready: Promise.resolve(simulate), release: () => undefined };
}

/** Both run in turn in one Worker. */
async function runAll(
  run: Simulate,
  scenarios: readonly Scenario[],
  { signal, onProgress }: TaskContext,
): Promise<Outcome[]> {
  const fractions = scenarios.map(() => 0);
  // One that fails takes the other with it: nobody would see what it came to.
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const runs = scenarios.map(async (scenario, index) => {
    const { report, csv } = await run(serialiseScenario(scenario), {
      signal: either,
      onProgress: (fraction, stage) => {
        fractions[index] = fraction;
        onProgress(fractions.reduce((sum, part) => sum + part, 0) / fractions.length, stage);
      },
    });
    fractions[index] = 1;
    return { scenario, report, csv };
  });
  try {
    return await Promise.all(runs);
  } catch (error) {
    failure.abort();
    throw error;
  }
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, setValues, announce, setTable } = props;
  const own = useOwnText(values.scenario, (scenario) => setValues({ scenario }));
  const asked = useMemo(() => ask(values, own.text), [values, own.text]);
  const { state, start, stop } = useTask<Simulate, Outcome[]>(
    leaseSimulator,
    "starting the simulator",
  );
  const run = () =>
    start(async (simulator, context) => {
      if (!asked.ok) throw new Error(asked.problem);
      const outcomes = await runAll(simulator, asked.scenarios, context);
      setTable(tableOf(outcomes));
      announce(describeOutcomes(outcomes));
      return outcomes;
    });
  const takeExample = ({ change, own: text }: Example) => {
    setValues(change);
    own.take(text?.() ?? "");
  };
  return (
    <div className="simulator">
      <div className="simulator-examples">
        <span>Examples</span>
        {EXAMPLES.map((example) => (
          <Button key={example.label} kind="quiet" onPress={() => takeExample(example)}>
            {example.label}
          </Button>
        ))}
      </div>
      <OwnScenario text={own.text} note={noteOn(own.text, asked)} onChange={own.take} />
      <AskedWords asked={asked} />
      <div className="simulator-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button kind="primary" disabled={!asked.ok} onPress={run}>
            {state.kind === "done" ? "Simulate again" : "Simulate"}
          </Button>
        )}
        {asked.ok && (
          <Button
            kind="quiet"
            onPress={() =>
              saveText(serialiseScenario(asked.scenarios[0]), "scenario.json", "application/json")
            }
          >
            Save the scenario
          </Button>
        )}
      </div>
      {state.kind === "running" && <Progress label={state.stage} fraction={state.fraction} />}
      {state.kind === "failed" && <p className="simulator-problem">{state.message}</p>}
      {state.kind === "done" && (
        <>
          {!isSame(state.result, asked) && (
            <p className="simulator-problem">
              What is below was simulated before the last change. Simulate again to see its effect.
            </p>
          )}
          <Results outcomes={state.result} />
          <Files outcomes={state.result} announce={announce} />
        </>
      )}
    </div>
  );
}

interface OwnText {
  readonly text: string;
  readonly take: (text: string) => void;
}

/** The address holds what is short enough and can be read; the page holds the rest. */
function useOwnText(linked: string, setLinked: (text: string) => void): OwnText {
  const [typed, setTyped] = useState<string>();
  const take = (text: string) => {
    setTyped(text);
    setLinked(linkOf(text));
  };
  return { text: typed ?? linked, take };
}

function linkOf(text: string): string {
  if (text.trim() === "") return "";
  try {
    return shortText(text) ?? "";
  } catch {
    return "";
  }
}

function noteOn(text: string, asked: Asked): string {
  if (text.trim() === "") return "Empty: the fields above hold.";
  if (!asked.ok) return asked.problem;
  const { requests } = asked.scenarios[0];
  if (
    requests.kind === "trace" &&
    typeof requests.trace !== "string" &&
    !text.includes(SCENARIO_SCHEMA)
  ) {
    return `Read as a trace of ${formatCount(requests.numRequests)} requests. They take the place of the requests above, at their own rate; save the scenario to change that or to pass it on.`;
  }
  return linkOf(text) === ""
    ? `Read. It is too long for a link, which holds ${MAX_LINK} characters: save it as a file to pass it on.`
    : "Read. It takes the place of the fields above, all but the policy beside it; the link holds it.";
}

function isSame(outcomes: readonly Outcome[], asked: Asked): boolean {
  return asked.ok && textOf(outcomes.map(({ scenario }) => scenario)) === textOf(asked.scenarios);
}

function textOf(scenarios: readonly Scenario[]): string {
  return scenarios.map(serialiseScenario).join("");
}

interface FilesProps {
  readonly outcomes: readonly Outcome[];
  readonly announce: (sentence: string) => void;
}

/** Rows of single requests are not kept: the same scenario, run once more, gives the same. */
function Files({ outcomes, announce }: FilesProps): ReactNode {
  const saveRequests = ({ scenario }: Outcome) => {
    simulate(serialiseScenario(scenario), { withRequests: true }).then(
      ({ requestsCsv = "" }) =>
        saveText(requestsCsv, `requests-${scenario.policy.id}.csv`, "text/csv"),
      (error: unknown) => announce(error instanceof Error ? error.message : String(error)),
    );
  };
  return (
    <div className="simulator-files">
      {outcomes.map((outcome) => (
        <p key={outcome.scenario.policy.id}>
          {outcome.scenario.policy.name}:
          <Button
            kind="quiet"
            onPress={() =>
              saveText(outcome.csv, `metrics-${outcome.scenario.policy.id}.csv`, "text/csv")
            }
          >
            Save the figures under vLLM’s metric names
          </Button>
          <Button kind="quiet" onPress={() => saveRequests(outcome)}>
            Save a row for each request
          </Button>
        </p>
      ))}
    </div>
  );
}
