// The two lanes, the same on the poster and live.
import type { CSSProperties, ReactNode } from "react";
import { Bars } from "../../ui/bars.tsx";
import { formatCount, formatRate, formatRatio, formatSeconds, NO_NUMBER } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { countRows, describeRows, type ExpectedRace } from "./expected.ts";
import { openRowsWithCache, openRowsWithoutCache } from "./opened.ts";
import { clockOf, latestTokenTime, latestWork, rateOf, type Lane, type Lanes } from "./scene.ts";

const NAMES = { on: "KV cache on", off: "KV cache off" } as const;
const MEANINGS = {
  on: "keeps the keys and values of every token it has read",
  off: "computes every token again at each step",
} as const;

export function nameOf({ id }: Lane): string {
  return NAMES[id];
}

function Figure({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="number">{children}</dd>
    </div>
  );
}

function Figures({ lane }: { readonly lane: Lane }): ReactNode {
  const work = latestWork(lane);
  const hasWritten = lane.tokens.length > 0;
  return (
    <dl className="race-figures">
      <Figure label="Tokens">
        {hasWritten ? `${formatCount(lane.tokens.length)} of ${lane.numWanted}` : NO_NUMBER}
      </Figure>
      <Figure label="Own clock">
        {lane.clocks.length > 0 ? formatSeconds(clockOf(lane)) : NO_NUMBER}
      </Figure>
      <Figure label="Rate so far">{formatRate(rateOf(lane), "tokens/s")}</Figure>
      <Figure label="Latest token">{formatSeconds(latestTokenTime(lane, 1))}</Figure>
      <Figure label="Its dispatches">{formatCount(work?.numDispatches)}</Figure>
      <Figure label="Its rows">{formatCount(work?.numRows)}</Figure>
    </dl>
  );
}

interface LaneProps {
  readonly lane: Lane;
  readonly prompt: string;
  readonly text: string;
}

function LaneView({ lane, prompt, text }: LaneProps): ReactNode {
  const share = Math.min(100, (100 * lane.tokens.length) / lane.numWanted);
  return (
    <section className={`race-lane race-lane-${lane.id}`} aria-label={nameOf(lane)}>
      <h4>
        {nameOf(lane)} <small>{MEANINGS[lane.id]}</small>
      </h4>
      <svg className="race-track" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect width={share} height="8" fill="var(--series)" />
      </svg>
      <p className="race-text">
        <span className="race-prompt">{prompt}</span>
        {text}
      </p>
      <Figures lane={lane} />
    </section>
  );
}

/** The text's box has room for the whole story from the start, so that nothing below it moves. */
function roomStyle({ numWanted }: Lane): CSSProperties {
  const variables: CSSProperties & Record<`--${string}`, number> = { "--race-length": numWanted };
  return variables;
}

export interface DrawingProps {
  readonly lanes: Lanes;
  readonly prompt: string;
  readonly texts: { readonly on: string; readonly off: string };
}

export function Drawing({ lanes, prompt, texts }: DrawingProps): ReactNode {
  return (
    <div className="race-lanes" style={roomStyle(lanes.on)}>
      <LaneView lane={lanes.on} prompt={prompt} text={texts.on} />
      <LaneView lane={lanes.off} prompt={prompt} text={texts.off} />
    </div>
  );
}

function Rows({ lane }: { readonly lane: Lane }): ReactNode {
  const rows = countRows(lane);
  const ratio = formatRatio(rows.off / rows.on, 3);
  return (
    <>
      <Bars
        description={describeRows(lane)}
        bars={(["on", "off"] as const).map((id) => ({
          id,
          label: NAMES[id],
          value: rows[id],
          text: `${formatCount(rows[id])} rows`,
          colour: id === "on" ? "series-1" : "series-2",
        }))}
      />
      <div className="race-rows">
        In grey: what the model wrote when this page was made. These{" "}
        {formatCount(lane.tokens.length)} tokens take <OpenNumber value={openRowsWithCache(lane)} />{" "}
        rows with the cache, a row being one token that goes through all layers, and{" "}
        <OpenNumber value={openRowsWithoutCache(lane)} /> without it: {ratio} as many. How much time
        that makes, your device will say.
      </div>
    </>
  );
}

/** Before the first race: the words in grey, the rows that they take, and no times. */
export function Expectation({ race }: { readonly race: ExpectedRace }): ReactNode {
  return (
    <div className="race-expected">
      <Drawing {...race} />
      {race.isKnown && <Rows lane={race.lanes.on} />}
    </div>
  );
}
