// The page's end of the simulator: runs by number to a Worker that is made when one is needed, given up when it dies,
// and ended when it has had nothing to do for a while.
import type { CallMessage, ReplyMessage, RunMessage, SimulationResult } from "./messages.ts";

export interface SimulateOptions {
  readonly signal?: AbortSignal;
  /** @param fraction - in [0, 1]. */
  readonly onProgress?: (fraction: number, stage: string) => void;
  /** Whether the result holds a CSV row for each request; about 80 bytes each. */
  readonly withRequests?: boolean;
}

/** Whatever runs the simulations. */
export interface Host {
  readonly post: (message: CallMessage) => void;
  readonly end: () => void;
}

export interface HostEvents {
  readonly onReply: (message: ReplyMessage) => void;
  /** @param why - a sentence. */
  readonly onDeath: (why: string) => void;
}

export interface ClientSurroundings {
  readonly openHost: (events: HostEvents) => Host;
  /** Ends in a slash. */
  readonly tracesUrl: () => string;
  /** How long a host with nothing to do is kept. */
  readonly lingerMs: number;
}

interface PendingRun {
  readonly resolve: (result: SimulationResult) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: SimulateOptions["onProgress"];
}

export class SimulatorClient {
  readonly #surroundings: ClientSurroundings;
  #host: Host | undefined;
  readonly #pending = new Map<number, PendingRun>();
  #lingering: ReturnType<typeof setTimeout> | undefined;
  #lastId = 0;

  constructor(surroundings: ClientSurroundings) {
    this.#surroundings = surroundings;
  }

  /** @see {@link simulate} */
  async simulate(scenario: string, options: SimulateOptions): Promise<SimulationResult> {
    const { signal, onProgress, withRequests = false } = options;
    signal?.throwIfAborted();
    const host = this.#takeHost();
    this.#lastId += 1;
    const id = this.#lastId;
    const tracesUrl = this.#surroundings.tracesUrl();
    const stop = () => this.#cancel(id, signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await new Promise<SimulationResult>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject, onProgress });
        const message: RunMessage = { kind: "run", id, scenario, tracesUrl, withRequests };
        host.post(message);
      });
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#linger();
    }
  }

  /** The caller hears at once; the host after its slice. */
  #cancel(id: number, reason: unknown): void {
    this.#host?.post({ kind: "cancel", id });
    this.#pending.get(id)?.reject(reason);
  }

  #takeHost(): Host {
    clearTimeout(this.#lingering);
    this.#host ??= this.#surroundings.openHost({
      onReply: (message) => this.#take(message),
      onDeath: (why) => this.#bury(why),
    });
    return this.#host;
  }

  #take(message: ReplyMessage): void {
    const run = this.#pending.get(message.id);
    if (message.kind === "progress") run?.onProgress?.(message.fraction, message.stage);
    else if (message.kind === "result") run?.resolve(message.result);
    else run?.reject(new Error(message.message));
  }

  #bury(why: string): void {
    this.#host?.end();
    this.#host = undefined;
    for (const { reject } of this.#pending.values()) reject(new Error(why));
  }

  #linger(): void {
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => {
      this.#host?.end();
      this.#host = undefined;
    }, this.#surroundings.lingerMs);
  }
}
