// The results, the same on the poster and live.
import type { ReactNode } from "react";
import { counted } from "../../core/units/grouped.ts";
import { Button } from "../../ui/controls.tsx";
import { formatCount } from "../../ui/format.ts";
import { Stats, Verdict } from "../../ui/parts.tsx";
import { describeMachine } from "./describe.ts";
import { MemoryBars } from "./memory-bars.tsx";
import * as open from "./opened.ts";
import type { CalculatorValues } from "./parameters.ts";
import { listBatches, ParetoChart } from "./pareto-chart.tsx";
import type { Answer, CalculatorScene, Offer, Running } from "./scene.ts";
import { Section } from "./section.tsx";
import { isAlone, SpeedTable } from "./speed-table.tsx";
import { StepBars } from "./step-bars.tsx";

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
          <Button label={`Apply: ${text}`} onPress={() => onApply(change)}>
            Apply
          </Button>
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
            In the roofline’s column each GPU’s own work is at best, and the all-reduces are by a
            fit to measured times of NCCL, which is no bound.
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
            : "Where the time goes: own work at best, all-reduces by a fit"
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
      <div className="figure-error">
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
