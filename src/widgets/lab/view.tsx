// The live lab: buttons above, then what the latest run, profile and comparison came to.
import { useEffect, useRef, useState, type ReactNode } from "react";
import type { DataTable, ViewProps } from "../../figure/widget.ts";
import { Button, SegmentedControl } from "../../ui/controls.tsx";
import { formatRate, formatSeconds } from "../../ui/format.ts";
import { Progress } from "../../ui/parts.tsx";
import { comparisonRows, ComparisonView } from "./comparison.tsx";
import { Folder, type ModelFiles } from "./folder.tsx";
import type { parameters } from "./parameters.ts";
import { Poster } from "./poster.tsx";
import type { LabRun } from "./run.ts";
import { tokensPerSecond } from "./scene.ts";
import { Story } from "./story.tsx";
import { copyToB, describeSwitches, switchesOf } from "./switches.ts";
import type { Profile } from "./tasks.ts";
import { Timeline } from "./timeline.tsx";
import { Tuning } from "./tuning.tsx";
import { useLab, type Lab, type TaskKind } from "./use-lab.ts";

const TASKS: readonly TaskKind[] = ["run", "profile", "compare"];

const WORDS: Readonly<Record<TaskKind, string>> = {
  run: "Running A",
  compare: "Comparing A with B",
  profile: "Profiling a step of A",
};

function runTable({ switches, points }: LabRun): DataTable {
  return {
    caption: `Steps of A: ${describeSwitches(switches)}`,
    columns: ["Position (tokens)", "Time of the step"],
    rows: points.map(({ position, seconds }) => [position, formatSeconds(seconds)]),
  };
}

/** Where the lab is: loading, waiting, at work, or why not. */
function StatusLine({ lab, length }: { readonly lab: Lab; readonly length: number }): ReactNode {
  const { status, state, results, start } = lab;
  if (status.kind === "failed") {
    return (
      <div className="figure-error" role="alert">
        <p>{status.message}</p>
        <Button onPress={() => start(state.kind === "waiting" ? state.task : "run")}>
          Try again
        </Button>
      </div>
    );
  }
  if (status.kind === "loading") {
    return <Progress label="Loading the model" fraction={status.fraction} />;
  }
  if (state.kind === "failed") {
    return (
      <div className="figure-error" role="alert">
        <p>{state.message}</p>
        <Button onPress={() => start(state.task)}>Try again</Button>
      </div>
    );
  }
  if (state.kind === "stopped") return <p className="lab-note">Stopped.</p>;
  if (state.kind !== "running") return null;
  const steps = results.run?.points.length ?? 0;
  return state.task === "run" ? (
    <Progress label={WORDS.run} fraction={steps / length} detail={`${steps} of ${length} steps`} />
  ) : (
    <Progress
      label={state.progress?.stage ?? WORDS[state.task]}
      fraction={state.progress?.fraction}
    />
  );
}

function ProfileView({ profile }: { readonly profile: Profile }): ReactNode {
  const [grouping, setGrouping] = useState("layer");
  const { timings, values } = profile;
  const by = grouping === "kernel" ? "kernel" : "layer";
  return (
    <Timeline
      timings={timings}
      grouping={by}
      title={`A: ${describeSwitches(switchesOf(values, "a"))}, at position ${values.position}`}
    >
      <SegmentedControl
        label="Rows"
        options={[
          { value: "layer", label: "by layer" },
          { value: "kernel", label: "by kernel" },
        ]}
        value={by}
        onChange={setGrouping}
      />
    </Timeline>
  );
}

/** Settled results, said once to screen readers and written into the data table. */
function useReports(
  lab: Lab,
  { announce, setTable }: Pick<ViewProps<typeof parameters>, "announce" | "setTable">,
) {
  const latest = useRef({ results: lab.results, announce, setTable });
  useEffect(() => {
    latest.current = { results: lab.results, announce, setTable };
  });
  const done = lab.state.kind === "done" ? lab.state.task : undefined;
  useEffect(() => {
    const now = latest.current;
    if (done === "run" && now.results.run) {
      now.setTable(runTable(now.results.run));
      const rate = formatRate(tokensPerSecond(now.results.run), "tokens per second");
      now.announce(`A wrote its story at ${rate}. ${now.results.equality ?? ""}`);
    }
    if (done === "compare" && now.results.record) {
      now.setTable({
        caption: "One step of each, measured in turns",
        columns: ["", "A", "B"],
        rows: comparisonRows(now.results.record),
      });
      now.announce(now.results.record.verdict.sentence);
    }
    if (done === "profile" && now.results.profile) {
      now.announce(`${now.results.profile.timings.length} dispatches profiled.`);
    }
  }, [done]);
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, setValues, shouldRun } = props;
  const [files, setFiles] = useState<ModelFiles>();
  const lab = useLab(values, files, shouldRun);
  const { state, results } = lab;
  useReports(lab, props);
  const isBusy =
    state.kind === "running" || (state.kind === "waiting" && lab.status.kind !== "failed");
  const { run, runOn, profile, record, equality } = results;
  const deviceNotice = lab.status.kind === "ready" ? lab.status.ready.device.notice : undefined;
  const notices = [deviceNotice, ...(run?.notices ?? [])].filter((notice) => notice !== undefined);
  const sections: Readonly<Record<TaskKind, ReactNode>> = {
    run:
      run && runOn ? (
        <Story key="run" run={run} ready={runOn} equality={equality} />
      ) : (
        !record && !profile && <Poster key="poster" values={values} />
      ),
    profile: profile && <ProfileView key="profile" profile={profile} />,
    compare: record && <ComparisonView key={record.startedAt} record={record} />,
  };
  // The latest comes first, under the buttons that were pressed.
  const latest = "task" in state ? state.task : "run";
  const order = [latest, ...TASKS.filter((task) => task !== latest)];
  return (
    <div className="lab">
      <div className="lab-actions">
        <Button kind="primary" onPress={isBusy ? lab.stop : () => lab.start("run")}>
          {isBusy ? "Stop" : "Run A"}
        </Button>
        <Button disabled={isBusy} onPress={() => lab.start("compare")}>
          Compare A with B
        </Button>
        <Button disabled={isBusy} onPress={() => lab.start("profile")}>
          Profile a step of A
        </Button>
        <Button kind="quiet" onPress={() => setValues(copyToB(values))}>
          Copy A to B
        </Button>
      </div>
      {values.model === "folder" && <Folder files={files} onChoose={setFiles} />}
      <div className="lab-status">
        <StatusLine lab={lab} length={values.length} />
      </div>
      {notices.map((notice) => (
        <p key={notice} className="figure-notice">
          {notice}
        </p>
      ))}
      {order.map((task) => sections[task])}
      {lab.status.kind === "ready" && <Tuning tuning={lab.status.ready.model.tuning} />}
    </div>
  );
}
