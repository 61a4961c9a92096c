// The speed of the simulators and of the calculator, as npm run bench prints it. No device: one core of this machine, in Node.
import { cpus } from "node:os";
import { evaluationTimes, type EvaluationTimes } from "./bench-calculator.ts";
import { schedulerSpeeds } from "./bench-scheduling.ts";
import { simulatorSpeeds } from "./bench-simulation.ts";

/** One line of a bench; numbers under their own names. */
export interface Speed {
  /** What ran. */
  readonly name: string;
  readonly numRequests: number;
  readonly numRequestSteps: number;
  /** The processor's time, that of collecting garbage included. */
  readonly processorS: number;
  /** Other programs on the machine make it longer. */
  readonly passedS: number;
}

/** A line of any of the benches. */
export type Measured = Speed | EvaluationTimes;

export interface SpeedBench {
  readonly id: string;
  readonly title: string;
  readonly run: (amount: number) => Iterable<Measured>;
  /** Of requests, or of rounds of the calculator. */
  readonly amount: number;
}

const QUICK_SHARE = 0.1;

const SPEED_BENCHES: readonly SpeedBench[] = [
  {
    id: "scheduling",
    title: "request-steps that each policy chooses, without a model",
    run: schedulerSpeeds,
    amount: 20_000,
  },
  {
    id: "simulation",
    title: "requests of a trace simulated, an 8B model on an H100",
    run: simulatorSpeeds,
    amount: 100_000,
  },
  {
    id: "calculator",
    title: "one evaluation: memory, verdict, both times and cost, without drawing",
    run: evaluationTimes,
    amount: 10,
  },
];

export const SPEED_IDS = SPEED_BENCHES.map(({ id }) => id);

/** Runs the benches of these ids, and prints a line for each measurement. */
export function runSpeeds(
  ids: readonly string[],
  { isQuick, print }: { readonly isQuick: boolean; readonly print: (line: string) => void },
): Measured[] {
  const host = `${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}`;
  return SPEED_BENCHES.filter(({ id }) => ids.includes(id)).flatMap(
    ({ id, title, run, amount }) => {
      print(`[${host}] ${id} · ${title}`);
      const speeds: Measured[] = [];
      for (const speed of run(isQuick ? amount * QUICK_SHARE : amount)) {
        print(`[${host}] ${describe(speed)}`);
        speeds.push(speed);
      }
      return speeds;
    },
  );
}

function describe(measured: Measured): string {
  return "medianS" in measured ? describeEvaluations(measured) : describeSpeed(measured);
}

const ms = (duration: number) => `${(duration * 1000).toPrecision(3)} ms`;

function describeEvaluations(times: EvaluationTimes): string {
  return (
    `${times.name}: ${times.numEvaluations.toLocaleString("en")} evaluations, ${times.numFitting.toLocaleString("en")} of ` +
    `them fit; median ${ms(times.medianS)}, 99th percentile ${ms(times.p99S)}; of each question's median over the ` +
    `rounds 99th percentile ${ms(times.p99OfMediansS)}, longest ${ms(times.longestMedianS)}`
  );
}

function describeSpeed(speed: Speed): string {
  const { name, numRequests, numRequestSteps, processorS, passedS } = speed;
  const rate = (duration: number) => Math.round(numRequestSteps / duration).toLocaleString("en");
  return (
    `${name}: ${numRequests.toLocaleString("en")} requests, ${numRequestSteps.toLocaleString("en")} request-steps ` +
    `in ${processorS.toFixed(2)} s of processor time (${rate(processorS)} a second), ` +
    `${passedS.toFixed(2)} s passed (${rate(passedS)} a second)`
  );
}
