// The results, the same on the poster and live.
import { memo, type ReactNode } from "react";
import { blocksPerRequest, type KvCapacity } from "../../core/serving/kv-capacity.ts";
import type { Deployment } from "../../core/serving/deployment.ts";
import type { LoadFigures } from "../../core/serving/load.ts";
import { readingSpeed } from "../../core/serving/reading-speed.ts";
import { counted } from "../../core/units/grouped.ts";
import { Bars } from "../../ui/bars.tsx";
import { LineChart } from "../../ui/chart.tsx";
import { Button } from "../../ui/controls.tsx";
import { formatBinaryBytes, formatCount, formatNumber, formatSeconds } from "../../ui/format.ts";
import { OpenNumber, type OpenedNumber } from "../../ui/opened.tsx";
import { Stats, Verdict } from "../../ui/parts.tsx";
import { describeMachine, stepRows } from "./describe.ts";
import { Section } from "./section.tsx";
import { MemoryBar, type MemoryPart } from "./memory-bar.tsx";
import * as open from "./opened.ts";
import type { CalculatorValues } from "./parameters.ts";
import type { Answer, CalculatorScene, Offer, Running, Step } from "./scene.ts";

/** Bytes of the requests that run, when each has all its tokens. */
function usedBytes({ capacity, roofline, evaluation }: Running): number {
  const { promptTokens, outputTokens } = evaluation.workload;
  const { blockSize } = evaluation.deployment;
  const blocks = blocksPerRequest(promptTokens + outputTokens, blockSize);
  return roofline.batch * blocks * capacity.blockBytes;
}

function memoryPartsOf(
  deployment: Deployment,
  capacity: KvCapacity,
  running: Running | undefined,
): readonly MemoryPart[] {
  const { weights, activations, other, cudaGraphs, available, leftToOthers } = capacity.memory;
  const fixed: readonly MemoryPart[] = [
    {
      id: "weights",
      letter: "W",
      label: `weights in ${deployment.precision.weights}`,
      bytes: weights,
      opened: open.openWeights(deployment, capacity),
    },
    {
      id: "work",
      letter: "A",
      label: "activations and overhead",
      bytes: activations + other + cudaGraphs,
      opened: open.openWork(deployment, capacity),
    },
  ];
  if (available <= 0) return fixed;
  const rest: MemoryPart = {
    id: "rest",
    letter: "",
    label: "left to others",
    bytes: leftToOthers,
  };
  if (running === undefined) {
    return [
      ...fixed,
      { id: "free", letter: "F", label: "free, less than one request", bytes: available },
      rest,
    ];
  }
  const used = usedBytes(running);
  return [
    ...fixed,
    {
      id: "used",
      letter: "K",
      label: `KV cache of ${counted(running.roofline.batch, "request")}`,
      bytes: used,
      opened: open.openUsed(running, used),
    },
    { id: "free", letter: "F", label: "KV cache, free", bytes: Math.max(0, available - used) },
    rest,
  ];
}

interface Memory {
  readonly deployment: Deployment;
  readonly capacity: KvCapacity;
  readonly running: Running | undefined;
  readonly title: string | undefined;
}

/** One bar, or two to compare: what was asked for, and what would fit. */
function memoriesOf({ asked, instead, running }: Answer): readonly Memory[] {
  const own: Memory[] =
    asked.capacity === undefined
      ? []
      : [
          {
            deployment: asked.deployment,
            capacity: asked.capacity,
            running: instead === undefined ? running : undefined,
            title: instead === undefined ? undefined : "As asked",
          },
        ];
  if (instead === undefined || running === undefined) return own;
  const { deployment } = running.evaluation;
  return [...own, { deployment, capacity: running.capacity, running, title: instead.text }];
}

function MemoryBars({ answer }: { readonly answer: Answer }): ReactNode {
  const memories = memoriesOf(answer).map((memory) => ({
    ...memory,
    parts: memoryPartsOf(memory.deployment, memory.capacity, memory.running),
  }));
  const full = Math.max(
    ...memories.map(({ parts, capacity }) =>
      Math.max(
        capacity.memory.total,
        parts.reduce((sum, part) => sum + part.bytes, 0),
      ),
    ),
  );
  return memories.map(({ deployment, capacity, title, parts }) => (
    <div key={title ?? ""}>
      {title !== undefined && <p className="calculator-case">{title}</p>}
      <MemoryBar
        parts={parts}
        memory={capacity.memory.total}
        share={capacity.memory.requested}
        openedShare={open.openShare(deployment, capacity)}
        full={full}
        description={`${describeMachine(deployment)}, on each GPU: ${parts.map(({ label, bytes }) => `${label} ${formatBinaryBytes(bytes)}`).join(", ")}, of ${formatBinaryBytes(capacity.memory.total)}.`}
      />
    </div>
  ));
}

function CacheStats({ running }: { readonly running: Running }): ReactNode {
  const { capacity, evaluation, roofline } = running;
  const { deployment, workload } = evaluation;
  const length = workload.promptTokens + workload.outputTokens;
  const perToken = open.openPerToken(deployment, capacity);
  const most = open.openConcurrency(deployment, capacity);
  return (
    <Stats
      stats={[
        { label: "A cached token", value: perToken.text, opened: perToken, detail: "on each GPU" },
        {
          label: "The cache holds",
          value: formatCount(evaluation.cacheHolds),
          detail: `requests of ${counted(length, "token")}`,
        },
        {
          label: "Maximum concurrency",
          value: most.text,
          opened: most,
          detail: `of ${formatCount(deployment.maxModelLen)} tokens, as vLLM logs it`,
        },
        {
          label: "Run at once",
          value: formatCount(roofline.batch),
          detail: evaluation.waiting > 0 ? `${formatCount(evaluation.waiting)} wait` : "none waits",
        },
      ]}
    />
  );
}

interface SpeedRow {
  readonly label: string;
  readonly detail: string;
  readonly of: (load: LoadFigures) => OpenedNumber | undefined;
}

function speedRows(running: Running): readonly SpeedRow[] {
  const { workload, deployment } = running.evaluation;
  const rows: readonly SpeedRow[] = [
    {
      label: "Time to first token",
      detail: `TTFT of ${counted(workload.promptTokens, "token")}, without waiting`,
      of: (load) => open.openTimeToFirstToken(running, load),
    },
    {
      label: "Time per output token",
      detail: `TPOT, ${counted(running.roofline.batch, "request")} at once`,
      of: (load) => open.openTimePerOutputToken(running, load),
    },
    {
      label: "Pace of one request, tokens/s",
      detail: "waits for the prefills of others included",
      of: (load) => open.openPace(running, load),
    },
    {
      label: "Throughput, tokens/s",
      detail: "output of all requests, prefills included",
      of: (load) => open.openThroughput(running, load),
    },
    {
      label: "Throughput of one GPU, tokens/s",
      detail: deployment.numGpus === 1 ? "the only one" : `of ${deployment.numGpus}`,
      of: (load) => open.openPerGpu(running, load),
    },
  ];
  if (workload.pricePerGpuHour === undefined) return rows;
  return [
    ...rows,
    {
      label: "Cost of a million output tokens",
      detail: "in the currency of your price",
      of: (load) => open.openCost(running, load),
    },
  ];
}

/** One GPU exchanges nothing, so that all of its times are bounds. */
function isAlone({ evaluation }: Running): boolean {
  return evaluation.deployment.numGpus === 1;
}

function SpeedTable({ running }: { readonly running: Running }): ReactNode {
  const { roofline, fitted } = running;
  return (
    <table className="calculator-results">
      <thead>
        <tr>
          <th scope="col">{counted(running.roofline.batch, "request")} at once</th>
          <th scope="col">{isAlone(running) ? "Roofline: at best" : "Roofline"}</th>
          <th scope="col">Fitted: as kernels did</th>
        </tr>
      </thead>
      <tbody>
        {speedRows(running).map(({ label, detail, of }) => (
          <tr key={label}>
            <th scope="row">
              {label}
              <small>{detail}</small>
            </th>
            {[roofline, fitted].map((load) => {
              const value = of(load);
              return (
                <td key={load.estimate}>{value !== undefined && <OpenNumber value={value} />}</td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Room above the curves for the word at the reading speed. */
const HEADROOM = 1.15;
const CURVE_STYLE = { roofline: 0, fitted: 1, chosen: 3 } as const;

/** "1, 2, 4, 8 … 172". */
function listBatches({ rooflineCurve }: Running): string {
  const batches = rooflineCurve.map(({ batch }) => formatCount(batch));
  return batches.length <= 5
    ? batches.join(", ")
    : `${batches.slice(0, 4).join(", ")} … ${batches.at(-1)}`;
}

const place = (load: LoadFigures) => ({
  x: load.tokensPerSecondPerUser,
  y: load.tokensPerSecondPerGpu,
});

function ParetoChart({ running }: { readonly running: Running }): ReactNode {
  const { rooflineCurve, fittedCurve, roofline, fitted } = running;
  const most = rooflineCurve.at(-1)?.batch ?? 1;
  const batch = formatCount(roofline.batch);
  const highest = Math.max(...rooflineCurve.map((point) => point.tokensPerSecondPerGpu));
  return (
    <LineChart
      description={`Throughput of one GPU against the pace of one request, for 1 to ${counted(most, "request")} at once: ${batch} give each ${formatNumber(fitted.tokensPerSecondPerUser)} tokens a second and each GPU ${formatNumber(fitted.tokensPerSecondPerGpu)} by the fitted times.`}
      height={300}
      x={{ label: "Pace of one request (tokens/s)", min: 0 }}
      y={{ label: "Throughput of one GPU (tokens/s)", min: 0, max: HEADROOM * highest }}
      series={[
        {
          id: "roofline",
          label: "roofline",
          style: CURVE_STYLE.roofline,
          points: rooflineCurve.map(({ load }) => place(load)),
        },
        {
          id: "fitted",
          label: "fitted",
          style: CURVE_STYLE.fitted,
          points: fittedCurve.map(({ load }) => place(load)),
        },
        {
          id: "chosen",
          label: `${counted(roofline.batch, "request")} at once`,
          mark: "points",
          style: CURVE_STYLE.chosen,
          points: [place(roofline), place(fitted)],
        },
      ]}
      rules={[
        {
          axis: "x",
          value: readingSpeed(),
          label: `reading, ${formatNumber(readingSpeed(), 2)} tokens/s`,
        },
      ]}
    />
  );
}

interface StepBarsProps {
  readonly title: string;
  readonly step: Step;
  readonly allReduce: number;
}

/** Drawn again only with another step: the prefill stays while the batch is dragged. */
const StepBars = memo(function StepBars({ title, step, allReduce }: StepBarsProps): ReactNode {
  const rows = stepRows(step, allReduce);
  const longest = rows.toSorted((a, b) => b.seconds - a.seconds)[0];
  return (
    <div>
      <p className="calculator-case">{title}</p>
      <Bars
        description={`${title}: ${longest?.name ?? "nothing"} takes longest, ${formatSeconds(longest?.seconds)}.`}
        bars={rows.map(({ id, name, seconds, bound }) => ({
          id,
          label: name,
          value: seconds,
          text: `${formatSeconds(seconds)} ${bound === undefined ? "link" : bound}`,
          colour: bound === undefined ? "overhead-bound" : `${bound}-bound`,
        }))}
      />
    </div>
  );
});

interface OffersProps {
  readonly offers: readonly Offer[];
  readonly onApply: (change: Partial<CalculatorValues>) => void;
}

function Offers({ offers, onApply }: OffersProps): ReactNode {
  if (offers.length === 0) return null;
  return (
    <ul className="calculator-remedies" aria-label="What would make it fit">
      {offers.map(({ text, change }) => (
        <li key={text}>
          {text}
          <Button onPress={() => onApply(change)}>Apply</Button>
        </li>
      ))}
    </ul>
  );
}

function Outcome({
  answer,
  onApply,
}: {
  readonly answer: Answer;
  readonly onApply: OffersProps["onApply"];
}): ReactNode {
  const { asked, offers } = answer;
  const { verdict } = asked;
  const machine = describeMachine(asked.deployment);
  if (verdict.fits) {
    const requests = counted(asked.running, "request");
    return (
      <Verdict
        sentence={`It fits: ${machine}, ${requests} at once.`}
        details={
          asked.waiting > 0
            ? [
                `${counted(asked.waiting, "request")} of ${formatCount(asked.workload.concurrency)} wait until one of those ends.`,
              ]
            : []
        }
      />
    );
  }
  const advice =
    offers.length === 0
      ? "No single change of GPUs, formats or lengths makes it fit."
      : "Each of these makes it fit:";
  return (
    <Verdict sentence={`It does not fit: ${machine}.`} details={[verdict.reason, advice]}>
      <Offers offers={offers} onApply={onApply} />
    </Verdict>
  );
}

function Times({ running }: { readonly running: Running }): ReactNode {
  const { roofline, prefill, decode } = running;
  return (
    <>
      <Section title="Speed">
        <SpeedTable running={running} />
        {!isAlone(running) && (
          <p className="calculator-note">
            In the roofline’s column each GPU’s own work is at best, and the all-reduces are as
            measured with NCCL, which is no bound.
          </p>
        )}
        {running.extrapolation !== undefined && (
          <p className="calculator-note">Fitted times are extrapolated: {running.extrapolation}</p>
        )}
      </Section>
      <Section title="Throughput against pace">
        <ParetoChart running={running} />
        <p className="calculator-note">
          From right to left {listBatches(running)} requests at once, as many as the cache and
          max-num-seqs hold.
        </p>
      </Section>
      <Section
        title={
          isAlone(running)
            ? "Where the time goes, at best"
            : "Where the time goes: own work at best, all-reduces as measured"
        }
      >
        <div className="calculator-pair">
          <StepBars
            title="Prefill of one prompt"
            step={prefill}
            allReduce={roofline.prefill.allReduce}
          />
          <StepBars
            title={`A decode step of ${counted(roofline.batch, "request")}`}
            step={decode}
            allReduce={roofline.decode.allReduce}
          />
        </div>
      </Section>
    </>
  );
}

const LOG_WORDS = {
  used: "The memory that the log names stands in for the estimates.",
  outdated:
    "The log’s memory is left out: model, GPUs, formats or gpu-memory-utilization are others now.",
} as const;

/** Whether the figures of a pasted log count. */
function LogNote({
  profile,
  onApply,
}: {
  readonly profile: Answer["profile"];
  readonly onApply: OffersProps["onApply"];
}): ReactNode {
  if (profile === "none") return null;
  return (
    <p className="calculator-note">
      {LOG_WORDS[profile]}{" "}
      <Button kind="quiet" onPress={() => onApply({ measured: "" })}>
        Forget the log
      </Button>
    </p>
  );
}

export interface ResultsProps {
  readonly scene: CalculatorScene;
  readonly onApply: OffersProps["onApply"];
  /** The command with its Copy button, below the speeds. */
  readonly children?: ReactNode;
}

export function Results({ scene, onApply, children }: ResultsProps): ReactNode {
  if (scene.kind === "problems") {
    return (
      <div className="figure-error" role="alert">
        {scene.problems.map((problem) => (
          <p key={problem}>{problem}</p>
        ))}
      </div>
    );
  }
  const { running, instead, caveats } = scene;
  return (
    <>
      <Outcome answer={scene} onApply={onApply} />
      <Section title="Memory of each GPU">
        <MemoryBars answer={scene} />
        <LogNote profile={scene.profile} onApply={onApply} />
      </Section>
      {running !== undefined && (
        <>
          {instead !== undefined && (
            <p className="calculator-instead">
              From here on the figures are for what would fit. {instead.text}
            </p>
          )}
          <CacheStats running={running} />
          <Times running={running} />
        </>
      )}
      {children}
      {caveats.map((caveat) => (
        <p key={caveat} className="calculator-note">
          {caveat}
        </p>
      ))}
    </>
  );
}
