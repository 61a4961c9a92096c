// One sample of a step's time. The step is repeated without moving on, so that its position, and with it its
// work, stays the same; what the KV cache holds does not matter to the time, so it may hold anything.
import type { Seconds } from "../core/units/units.ts";
import { operationsOf, type PassPart } from "../gpu/backend.ts";
import type { KernelTiming, StepTiming } from "./engine.ts";
import { RepeatTimer } from "./repeat-timing.ts";
import type { RunSession } from "./run-session.ts";
import {
  compiled,
  neverInterrupted,
  runInPieces,
  unitOf,
  type Interrupted,
} from "./submissions.ts";

/** Repeats beyond this buy no precision and make command buffers long. */
const MAX_REPEATS = 256;

/**
 * What gives the parts of one step, cut by what is known of the pace when it is called: the newest token of each
 * sequence, or every row and then the head.
 */
async function planStep(session: RunSession): Promise<() => PassPart[]> {
  const { backend } = session.host;
  const length = session.longest;
  if (session.run.path.cache) {
    const program = await backend.prepare(session.decodeOperations());
    return () => session.decodeParts(program, program.operations.length, length);
  }
  const program = await backend.prepare(session.tableOperations());
  const head = await backend.prepare(session.tableHeadOperations());
  return () => [
    ...session.pacedTablePasses(program, length).map((pass) => ({ program, pass })),
    { program: head, pass: session.decodePass(length) },
  ];
}

/** Times the session's next step over and over; made once for a session. */
export class StepTimer {
  readonly #session: RunSession;
  readonly #timer: Promise<RepeatTimer>;

  constructor(session: RunSession) {
    this.#session = session;
    this.#timer = planStep(session).then(
      (plan) => new RepeatTimer(session.host, plan, { maxRepeats: MAX_REPEATS }),
    );
    // It is reported to whoever samples; a session that is freed while its kernels compile has nobody left.
    this.#timer.catch(() => {});
  }

  /** @param sampleDuration - seconds that the repeats of one sample should take together. */
  async sample(
    sampleDuration: Seconds,
    isInterrupted: Interrupted = neverInterrupted,
  ): Promise<StepTiming> {
    const timer = await compiled(this.#timer, isInterrupted);
    const plan = this.#session.stepPlan(this.#session.longest);
    return { ...(await timer.sample(sampleDuration, isInterrupted)), plan };
  }
}

/** Every dispatch of the session's next step in a pass of its own: a timeline, never to be summed. */
export async function profileStep(
  session: RunSession,
  isInterrupted: Interrupted = neverInterrupted,
): Promise<KernelTiming[]> {
  const plan = await compiled(planStep(session), isInterrupted);
  const singles = plan().flatMap((part) => {
    const start = part.range?.[0] ?? 0;
    return operationsOf(part).map((operation, index) => ({
      operation,
      pass: part.pass,
      unit: unitOf("profiled", [{ ...part, range: [start + index, start + index + 1] }]),
    }));
  });
  const { passDurations } = await runInPieces(session.host, {
    units: singles.map(({ unit }) => unit),
    isInterrupted,
  });
  return singles.map(({ operation: { kernel, label }, pass }, index): KernelTiming => {
    const layer = /^layer (\d+) /.exec(label)?.[1];
    return {
      ...kernel.cost(pass),
      kernel: kernel.id,
      label,
      layer: layer === undefined ? undefined : Number(layer),
      duration: passDurations[index],
      workgroups: kernel.workgroups(pass),
    };
  });
}
