// One sample of a step's time. The step is repeated without moving on, so that its position, and with it its
// work, stays the same; what the KV cache holds does not matter to the time, so it may hold anything.
import { addCosts } from "../core/cost/cost.ts";
import type { Seconds } from "../core/units/units.ts";
import type { Program } from "../gpu/backend.ts";
import type { KernelTiming, StepTiming } from "./engine.ts";
import { SUBMISSION_TARGET } from "./pace.ts";
import { RepeatTimer, type Part } from "./repeat-timing.ts";
import { costOf, type RunSession } from "./run-session.ts";

/** Repeats beyond this buy no precision and make command buffers long. */
const MAX_REPEATS = 256;

/** The parts of one step: the newest token of each sequence, or every row and then the head. */
async function stepParts(session: RunSession): Promise<Part[]> {
  const { backend, pace } = session.host;
  const length = session.longest;
  if (session.run.path.cache) {
    const program = await backend.prepare(session.decodeOperations());
    return [{ program, pass: session.decodePass(length) }];
  }
  const program = await backend.prepare(session.tableOperations());
  const head = await backend.prepare(session.tableHeadOperations());
  const all = session.tablePasses(length, session.run.maxRows);
  const cost = addCosts(all.map((pass) => costOf(program.operations, pass)));
  const numRows = all.reduce((sum, pass) => sum + pass.numRows, 0);
  const wanted = pace.rowsWithin(SUBMISSION_TARGET, cost.flops / numRows);
  const passes = session.tablePasses(length, Math.min(wanted, session.run.maxRows));
  return [
    ...passes.map((pass) => ({ program, pass })),
    { program: head, pass: session.decodePass(length) },
  ];
}

/** Times the session's next step over and over; made once for a session. */
export class StepTimer {
  readonly #session: RunSession;
  readonly #timer: Promise<RepeatTimer>;

  constructor(session: RunSession) {
    this.#session = session;
    this.#timer = stepParts(session).then(
      (parts) => new RepeatTimer(session.host.backend, parts, MAX_REPEATS),
    );
  }

  /** @param sampleDuration - seconds that the repeats of one sample should take together. */
  async sample(sampleDuration: Seconds): Promise<StepTiming> {
    const timer = await this.#timer;
    const plan = this.#session.stepPlan(this.#session.longest);
    return { ...(await timer.sample(sampleDuration)), plan };
  }
}

/** Every dispatch of the session's next step in a pass of its own: a timeline, never to be summed. */
export async function profileStep(session: RunSession): Promise<KernelTiming[]> {
  const { backend } = session.host;
  const parts = await stepParts(session);
  const timings: KernelTiming[] = [];
  for (const { program, pass } of parts) {
    const singles: Program[] = await Promise.all(
      program.operations.map((operation) => backend.prepare([operation])),
    );
    const { passDurations } = await backend.run({
      passes: singles.map((single) => ({ label: "profiled", parts: [{ program: single, pass }] })),
      readbacks: [],
    });
    program.operations.forEach(({ kernel, label }, index) => {
      const layer = /^layer (\d+) /.exec(label)?.[1];
      timings.push({
        ...kernel.cost(pass),
        kernel: kernel.id,
        label,
        layer: layer === undefined ? undefined : Number(layer),
        duration: passDurations[index],
        workgroups: kernel.workgroups(pass),
      });
    });
  }
  return timings;
}
