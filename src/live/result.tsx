// What a run found, live or recorded: points on the roofline, times with their growth, and what binds each.
import type { ReactNode } from "react";
import { Legend, LineChart } from "../ui/chart.tsx";
import { formatNumber, formatSeconds } from "../ui/format.ts";
import { Verdict } from "../ui/parts.tsx";
import { SizedPicture } from "../ui/plot.tsx";
import { Roofline, RooflineKey, type DrawnPoint } from "./roofline.tsx";
import {
  decades,
  describeMethod,
  describeModelled,
  describeScene,
  formatRate,
  sayBound,
  sayGrowth,
  sayScene,
  sayTimes,
  sharedBound,
  timeSeries,
  type LivePoint,
  type LiveScene,
  type Subject,
} from "./scene.ts";

/** Beside the roofline's own words. */
export interface KeyWords {
  readonly modelled?: string;
  readonly published?: ReactNode;
}

export interface PictureProps {
  readonly subject: Subject;
  readonly scene: LiveScene;
  readonly words: KeyWords;
}

function heightAt(width: number): number {
  return width < 480 ? 300 : 380;
}

/** Each arm's first and last point, and each third between, have their label beside them. */
function drawnPoints({ arms }: LiveScene, subject: Subject): DrawnPoint[] {
  return arms.flatMap(({ points }, style) =>
    points.map(({ id, intensity, rate, verdict, x }, index): DrawnPoint => {
      const isLabelled =
        points.length <= 12 && (index % 3 === 0 || index === points.length - 1) && style === 0;
      return {
        id,
        style,
        intensity,
        rate,
        kind: verdict.kind,
        label: isLabelled ? subject.x.format(x) : "",
      };
    }),
  );
}

/** The roofline without a run: what the arithmetic says. */
export function ModelledPicture({
  subject,
  words,
}: {
  readonly subject: Subject;
  readonly words: KeyWords;
}): ReactNode {
  const { modelled, published } = subject;
  return (
    <>
      <SizedPicture
        description={describeModelled(subject)}
        heightAt={heightAt}
        renderAt={(size) => (
          <Roofline size={size} modelled={modelled} published={published} roofs={[]} points={[]} />
        )}
      />
      <RooflineKey modelled={words.modelled} published={words.published} isMeasured={false} />
    </>
  );
}

/** The roofline with the points of a run, and what its marks are. */
export function RooflinePicture({ subject, scene, words }: PictureProps): ReactNode {
  return (
    <>
      <Legend series={timeSeries(scene)} />
      <SizedPicture
        description={describeScene(subject, scene)}
        heightAt={heightAt}
        renderAt={(size) => (
          <Roofline
            size={size}
            modelled={subject.modelled}
            published={subject.published}
            roofs={scene.roof === undefined ? [] : [{ id: "own", style: 0, ...scene.roof }]}
            points={drawnPoints(scene, subject)}
          />
        )}
      />
      <RooflineKey modelled={words.modelled} published={words.published} isMeasured />
    </>
  );
}

function PointList({ points }: { readonly points: readonly LivePoint[] }): ReactNode {
  return (
    <ul>
      {points.map(({ id, label, duration, wallDuration, rate, intensity, kernel, verdict }) => (
        <li key={id}>
          <b>
            {label}: {sayBound(verdict)}.
          </b>{" "}
          <span className="number">
            {sayTimes({ duration, wallDuration })}, {formatRate(rate.median)} at{" "}
            {formatNumber(intensity)} FLOP/B
          </span>
          {kernel !== undefined && `, ${kernel}`}. {verdict.sentence}
        </li>
      ))}
    </ul>
  );
}

/** Whole decades, so that a logarithmic axis has ticks enough; nothing where nothing was timed. */
function timeRange({ arms }: LiveScene) {
  const times = arms.flatMap(({ points }) =>
    points.flatMap(({ duration }) => [duration.low, duration.high]),
  );
  return times.length === 0 ? {} : decades(times);
}

/** Every point in words, folded. */
export function PointDetails({ arms }: LiveScene): ReactNode {
  return (
    <details className="live-points">
      <summary>Each point, and why</summary>
      {arms.map(({ arm, label, points }) => (
        <section key={arm} aria-label={label}>
          {arms.length > 1 && <p className="live-arm">{label}</p>}
          <PointList points={points} />
        </section>
      ))}
    </details>
  );
}

/** Why no roof is drawn; nothing where one is. */
export function sayNoRoof({ roof, roofs }: LiveScene): string[] {
  if (roof !== undefined) return [];
  return [
    roofs.isSoftware
      ? "No roof is drawn for it: a software adapter has none of a GPU’s."
      : "No roof is drawn for it: its ladder was not measured.",
  ];
}

export interface ResultProps extends PictureProps {
  /** Sentences of the figure's own, after the verdict: the prediction beside what was measured. */
  readonly sentences: readonly string[];
  /** Says where the record comes from. */
  readonly origin: ReactNode;
  /** Buttons. */
  readonly children?: ReactNode;
}

export function Result(props: ResultProps): ReactNode {
  const { subject, scene, words, sentences, origin, children } = props;
  const { record, ladder } = scene.run;
  const curves = timeSeries(scene);
  const details = new Set([
    record.verdict.sentence,
    ...sentences,
    ...sayGrowth(subject, record),
    describeMethod(record),
    ...record.notes,
    ...sayNoRoof(scene),
    ...(ladder === undefined ? [] : ladder.notes),
  ]);
  return (
    <>
      <RooflinePicture subject={subject} scene={scene} words={words} />
      <LineChart
        description={`Time against ${subject.x.label.toLowerCase()}.`}
        height={240}
        x={{ label: subject.x.label, kind: subject.x.kind, format: subject.x.format }}
        y={{
          label: "Time",
          kind: subject.x.kind,
          format: formatSeconds,
          ...(subject.x.kind === "linear" ? { min: 0 } : timeRange(scene)),
        }}
        series={curves}
      />
      <Verdict
        bound={sharedBound(scene)}
        sentence={sayScene(subject, scene)}
        details={[...details]}
      >
        {origin}
        <PointDetails {...scene} />
        {children}
      </Verdict>
    </>
  );
}
