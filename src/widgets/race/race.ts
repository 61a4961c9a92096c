// One race on one engine: two runs of the same prompt, with and without the KV cache, advanced in turns.
import { DEFAULT_PATH, type Engine } from "../../model/engine.ts";
import type { ReadyEngine } from "../../model/page-engine.ts";
import {
  addSteps,
  createLane,
  nextTurn,
  roomFor,
  type Lane,
  type LaneId,
  type Lanes,
} from "./scene.ts";

/** What the page draws; replaced at each change. */
export interface RaceState {
  readonly lanes: Lanes;
  /** What each lane has written, without the prompt. */
  readonly texts: Readonly<Record<LaneId, string>>;
  readonly prompt: string;
  /** Sentences from the engine, such as a lost device. */
  readonly notices: readonly string[];
}

export interface RaceRequest {
  readonly opening: string;
  readonly length: number;
}

const NO_TEXT = { on: "", off: "" } as const;

/** What the lanes show before anything has run. */
export function emptyRace({ opening, length }: RaceRequest): RaceState {
  const lane = (id: LaneId) => createLane(id, { numPromptTokens: 0, numWanted: length });
  return {
    lanes: { on: lane("on"), off: lane("off") },
    texts: NO_TEXT,
    prompt: opening,
    notices: [],
  };
}

export class Race {
  readonly #ready: ReadyEngine;
  readonly #request: RaceRequest;
  readonly #onChange: (state: RaceState) => void;
  readonly #runs = new Map<LaneId, number>();
  #prompt: readonly number[] = [];
  #promptText = "";
  #state: RaceState;
  #isEnded = false;

  constructor(ready: ReadyEngine, request: RaceRequest, onChange: (state: RaceState) => void) {
    this.#ready = ready;
    this.#request = request;
    this.#onChange = onChange;
    this.#state = emptyRace(request);
  }

  get state(): RaceState {
    return this.#state;
  }

  /** Runs until the cached lane is done and the other has had as much time, or the signal stops it. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#prepare();
    await this.#start("on");
    // The first words at once: the other run is set up after them.
    if (!signal.aborted) await this.#advance("on", 1, signal);
    if (!signal.aborted) await this.#start("off");
    await this.#takeTurns(signal);
    await this.#freeFinished();
  }

  /** A few steps of each lane at the sizes of the race: afterwards everything is compiled. */
  async rehearse(): Promise<void> {
    await this.#prepare();
    await this.#start("on");
    await this.#advance("on", 2);
    await this.#start("off");
    await this.#advance("off", 1);
  }

  /** Lets the slower lane write its story to the end. */
  async finish(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#isEnded && !this.#state.lanes.off.isFinished) {
      await this.#advance("off", this.#ready.device.isSoftware ? 2 : 8, signal);
    }
    await this.#freeFinished();
  }

  /** How many characters each lane's text had after each token: for a replay. */
  async measureTexts(): Promise<Readonly<Record<LaneId, readonly number[]>>> {
    const measure = ({ tokens }: Lane) =>
      Promise.all(
        tokens.map(async (_, index) => (await this.#decode(tokens.slice(0, index + 1))).length),
      );
    const { on, off } = this.#state.lanes;
    return { on: await measure(on), off: await measure(off) };
  }

  /** Frees both runs. Nothing may be called afterwards. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await Promise.all([this.#endRun("on"), this.#endRun("off")]);
  }

  get #engine(): Engine {
    return this.#ready.engine;
  }

  async #prepare(): Promise<void> {
    const { opening, length } = this.#request;
    const { contextLength } = this.#ready.model;
    // The last quarter of the context at least is left for the story.
    const prompt = (await this.#engine.encode(opening)).slice(0, Math.floor(0.75 * contextLength));
    this.#prompt = prompt;
    this.#promptText = await this.#engine.decode(prompt);
    const numWanted = roomFor(length, prompt.length, contextLength);
    const lane = (id: LaneId) => createLane(id, { numPromptTokens: prompt.length, numWanted });
    this.#set({ lanes: { on: lane("on"), off: lane("off") }, prompt: this.#promptText });
  }

  async #start(id: LaneId): Promise<void> {
    const lane = this.#state.lanes[id];
    const { runId, firstStep, lastStep } = await this.#engine.start({
      prompts: [this.#prompt],
      numNewTokens: lane.numWanted,
      path: { ...DEFAULT_PATH, cache: id === "on" },
      sampling: { kind: "greedy" },
      stopTokens: this.#ready.model.stopTokens,
    });
    this.#runs.set(id, runId);
    if (this.#isEnded) await this.#endRun(id);
    else {
      const planned: Lane = { ...lane, plans: { first: firstStep, last: lastStep } };
      this.#set({ lanes: { ...this.#state.lanes, [id]: planned } });
    }
  }

  async #takeTurns(signal: AbortSignal): Promise<void> {
    const { isSoftware } = this.#ready.device;
    while (!signal.aborted && !this.#isEnded) {
      const turn = nextTurn(this.#state.lanes, isSoftware);
      if (turn === undefined) return;
      await this.#advance(turn.lane, turn.numSteps, signal);
    }
  }

  async #advance(id: LaneId, numSteps: number, signal?: AbortSignal): Promise<void> {
    const runId = this.#runs.get(id);
    if (runId === undefined) return;
    const advance = await this.#engine.advance(runId, numSteps, signal);
    const lane = addSteps(this.#state.lanes[id], advance);
    const text = await this.#decode(lane.tokens);
    const { lanes, texts, notices } = this.#state;
    const { notice } = advance;
    this.#set({
      lanes: { ...lanes, [id]: lane },
      texts: { ...texts, [id]: text },
      notices: notice === undefined || notices.includes(notice) ? notices : [...notices, notice],
    });
  }

  /** Decoded behind the prompt, so that the first word keeps its space. */
  async #decode(tokens: readonly number[]): Promise<string> {
    const whole = await this.#engine.decode([...this.#prompt, ...tokens]);
    return whole.startsWith(this.#promptText)
      ? whole.slice(this.#promptText.length)
      : this.#engine.decode(tokens);
  }

  async #freeFinished(): Promise<void> {
    const { on, off } = this.#state.lanes;
    if (on.isFinished) await this.#endRun("on");
    if (off.isFinished) await this.#endRun("off");
  }

  async #endRun(id: LaneId): Promise<void> {
    const runId = this.#runs.get(id);
    if (runId === undefined) return;
    this.#runs.delete(id);
    await this.#engine.end(runId);
  }

  #set(change: Partial<RaceState>): void {
    this.#state = { ...this.#state, ...change };
    if (!this.#isEnded) this.#onChange(this.#state);
  }
}

/** Compiles both paths before the reader presses Run, so that the first token comes at once. */
export async function warmUp(ready: ReadyEngine, request: RaceRequest): Promise<void> {
  const race = new Race(ready, request, () => {});
  try {
    await race.rehearse();
  } finally {
    await race.end();
  }
}
