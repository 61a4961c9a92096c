// The steps that an experiment times in turn: each keeps its session until there are too many.
import type { TimingRequest } from "./engine.ts";
import type { RunSession } from "./run-session.ts";
import { StepTimer } from "./step-timing.ts";

/** Experiments go round their arms, two for a comparison and a dozen for a curve; more are not kept. */
const MAX_TIMERS = 16;

type TimedStep = Omit<TimingRequest, "sampleDuration">;

interface KeptTimer {
  readonly session: RunSession;
  readonly timer: StepTimer;
}

export class KeptTimers {
  readonly #timers = new Map<string, KeptTimer>();

  get size(): number {
    return this.#timers.size;
  }

  /** The one kept for this step, or a new one in the session that `open` makes; the oldest makes room for it. */
  get({ path, batch, position }: TimedStep, open: () => RunSession): KeptTimer {
    const key = JSON.stringify([path, batch, position]);
    const kept = this.#timers.get(key);
    if (kept) return kept;
    this.#keepNewest(MAX_TIMERS - 1);
    const session = open();
    const made = { session, timer: new StepTimer(session) };
    this.#timers.set(key, made);
    return made;
  }

  /** Gives the memory of all of them back. */
  free(): void {
    this.#keepNewest(0);
  }

  /** After their device is gone, and their memory with it. */
  forget(): void {
    this.#timers.clear();
  }

  #keepNewest(count: number): void {
    for (const [key, { session }] of this.#timers) {
      if (this.#timers.size <= count) return;
      session.free();
      this.#timers.delete(key);
    }
  }
}
