// The speed of the simulators, as npm run bench prints it. No device: one core of this machine, in Node.
import { cpus } from "node:os";
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

export interface SpeedBench {
  readonly id: string;
  readonly title: string;
  readonly run: (numRequests: number) => Iterable<Speed>;
  readonly numRequests: number;
}

const QUICK_SHARE = 0.1;

const SPEED_BENCHES: readonly SpeedBench[] = [
  {
    id: "scheduling",
    title: "request-steps that each policy chooses, without a model",
    run: schedulerSpeeds,
    numRequests: 20_000,
  },
  {
    id: "simulation",
    title: "requests of a trace simulated, an 8B model on an H100",
    run: simulatorSpeeds,
    numRequests: 100_000,
  },
];

export const SPEED_IDS = SPEED_BENCHES.map(({ id }) => id);

/** Runs the benches of these ids, and prints a line for each measurement. */
export function runSpeeds(
  ids: readonly string[],
  { isQuick, print }: { readonly isQuick: boolean; readonly print: (line: string) => void },
): Speed[] {
  const host = `${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}`;
  return SPEED_BENCHES.filter(({ id }) => ids.includes(id)).flatMap(
    ({ id, title, run, numRequests }) => {
      print(`[${host}] ${id} · ${title}`);
      const speeds: Speed[] = [];
      for (const speed of run(isQuick ? numRequests * QUICK_SHARE : numRequests)) {
        print(`[${host}] ${describe(speed)}`);
        speeds.push(speed);
      }
      return speeds;
    },
  );
}

function describe({ name, numRequests, numRequestSteps, processorS, passedS }: Speed): string {
  const rate = (duration: number) => Math.round(numRequestSteps / duration).toLocaleString("en");
  return (
    `${name}: ${numRequests.toLocaleString("en")} requests, ${numRequestSteps.toLocaleString("en")} request-steps ` +
    `in ${processorS.toFixed(2)} s of processor time (${rate(processorS)} a second), ` +
    `${passedS.toFixed(2)} s passed (${rate(passedS)} a second)`
  );
}
