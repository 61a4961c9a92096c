// What the lanes show before a race: the words, which are the same on every device, and the rows that they take,
// which are counted. What a device has to say, the times, is left out.
// recorded.gpu.test.ts holds the words to the model and writes them anew.
import { formatCount, formatRatio } from "../../ui/format.ts";
import { openingOf, type RaceValues } from "./parameters.ts";
import { emptyRace, type RaceState } from "./race.ts";
import recorded from "./recorded.json";
import { createLane, type Lane, type LaneId } from "./scene.ts";

/** How the model goes on from an opening, greedily, to the longest story or the last token that it wants to write. */
export interface RecordedStory {
  readonly numPromptTokens: number;
  readonly tokens: readonly number[];
  /** The text of each token. */
  readonly pieces: readonly string[];
}

const STORIES: Readonly<Record<string, RecordedStory>> = recorded;

type Request = Pick<RaceValues, "opening" | "text" | "length">;

export interface ExpectedRace extends RaceState {
  /** Whether the words are known; an opening of the reader's own has none yet. */
  readonly isKnown: boolean;
}

/** Rows of the layers that each lane computes for a whole story, the prompt's among them. */
export function countRows({ numPromptTokens, tokens }: Lane): Readonly<Record<LaneId, number>> {
  const numTokens = tokens.length;
  if (numTokens === 0) return { on: 0, off: 0 };
  return {
    // The prompt at once, which gives the first token; then each token but the last, by itself.
    on: numPromptTokens + numTokens - 1,
    // The prompt for the first token, and one row more for each that follows.
    off: numTokens * numPromptTokens + (numTokens * (numTokens - 1)) / 2,
  };
}

const rowsOnly = (numRows: number) => ({ numDispatches: undefined, numRows });

function expectLane(id: LaneId, { numPromptTokens, tokens }: RecordedStory, length: number): Lane {
  const lane = createLane(id, { numPromptTokens, numWanted: length });
  return {
    ...lane,
    tokens: tokens.slice(0, length),
    isFinished: true,
    plans:
      id === "on"
        ? { first: rowsOnly(1), last: rowsOnly(1) }
        : { first: rowsOnly(numPromptTokens), last: rowsOnly(numPromptTokens + length - 1) },
  };
}

export function expectRace(values: Request): ExpectedRace {
  const story = Object.hasOwn(STORIES, values.opening) ? STORIES[values.opening] : undefined;
  const empty = emptyRace({ opening: openingOf(values), length: values.length });
  if (story === undefined) return { ...empty, isKnown: false };
  const lane = (id: LaneId) => expectLane(id, story, values.length);
  const text = story.pieces.slice(0, values.length).join("");
  return {
    ...empty,
    isKnown: true,
    lanes: { on: lane("on"), off: lane("off") },
    texts: { on: text, off: text },
  };
}

/** How many rows the same words take on either side. */
export function describeRows(lane: Lane): string {
  const rows = countRows(lane);
  return `These ${formatCount(lane.tokens.length)} tokens take ${formatCount(rows.on)} rows with the cache, a row being one token that goes through all layers, and ${formatCount(rows.off)} without it: ${formatRatio(rows.off / rows.on, 3)} as many.`;
}
