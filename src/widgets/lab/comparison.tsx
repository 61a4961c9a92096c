// A against B: the verdict in words, both medians with their intervals, how and on what they were taken.
import { useState, type ReactNode } from "react";
import { arithmeticIntensity } from "../../core/cost/cost.ts";
import { scaleEstimate, type Estimate } from "../../core/statistics/estimate.ts";
import { bytes, flops } from "../../core/units/units.ts";
import type { ExperimentRecord, Method, Series } from "../../experiments/record.ts";
import { saveText } from "../../figure/export.ts";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import { keepRun, openNotebook, removeRun } from "../../notebook/store.ts";
import { Button } from "../../ui/controls.tsx";
import {
  formatBytes,
  formatCount,
  formatInterval,
  formatRate,
  formatRatio,
  formatSeconds,
  formatSi,
  NO_NUMBER,
} from "../../ui/format.ts";
import { ScrollBox, Verdict } from "../../ui/parts.tsx";
import { formatIntensity } from "./scene.ts";

function describeEstimate(estimate: Estimate | undefined): string {
  if (estimate === undefined) return NO_NUMBER;
  const { median, low, high } = estimate;
  return `${formatSeconds(median)} (${formatInterval(low, high, formatSeconds)})`;
}

function timeOfToken({ duration, step }: Series): Estimate | undefined {
  return duration && scaleEstimate(duration, 1 / step.batch);
}

/** Rows of the table: a word, A's value, B's value. */
export function comparisonRows({ comparison }: ExperimentRecord): readonly (readonly string[])[] {
  const sides: readonly Series[] = [comparison.baseline, comparison.contender];
  const row = (label: string, value: (series: Series) => string) => [label, ...sides.map(value)];
  return [
    row("Switches", ({ label }) => label),
    row("Time of a step (95 % interval)", ({ duration }) => describeEstimate(duration)),
    row("Time a token (95 % interval)", (series) => describeEstimate(timeOfToken(series))),
    row("Rate", ({ duration, step }) =>
      formatRate(duration && step.batch / duration.median, "tokens/s"),
    ),
    row("Dispatches", ({ plan }) => formatCount(plan.numDispatches)),
    row("Rows computed", ({ plan }) => formatCount(plan.numRows)),
    row("Bytes moved", ({ plan }) => formatBytes(plan.bytesRead + plan.bytesWritten)),
    row("Arithmetic", ({ plan }) => formatSi(plan.flops, "FLOP")),
    row("Intensity", ({ plan }) =>
      formatIntensity(
        arithmeticIntensity({
          flops: flops(plan.flops),
          bytesRead: bytes(plan.bytesRead),
          bytesWritten: bytes(plan.bytesWritten),
        }),
      ),
    ),
    row(
      "Samples that count",
      ({ samples, duration }) => `${duration?.numSamples ?? 0} of ${samples.length}`,
    ),
  ];
}

function describeMethod(method: Method): string {
  const { clock, numRounds, numRoundsAsked, sampleSeconds, warmUpSeconds, quantumSeconds } = method;
  const by =
    clock === "timestamp-query" ? "the GPU’s own clock (timestamp queries)" : "the page’s clock";
  const quantum =
    quantumSeconds === undefined
      ? ""
      : `, which moves in steps of ${formatSeconds(quantumSeconds)}`;
  return `${numRounds} pairs of ${numRoundsAsked} asked for, in random order, samples of about ${formatSeconds(sampleSeconds, 2)}, after ${formatSeconds(warmUpSeconds, 2)} of warm-up, by ${by}${quantum}.`;
}

function describeCheck({ isCrossChecked, crossCheckRatio }: Method): string | undefined {
  if (crossCheckRatio === undefined) return undefined;
  return isCrossChecked
    ? `The page’s clock agrees (${formatRatio(crossCheckRatio, 3)} the device’s time).`
    : `The page’s clock says ${formatRatio(crossCheckRatio, 3)} the device’s time: take the ratio with care.`;
}

/** The latest comparison stands in the notebook by itself; the next one takes its place unless it was kept. */
let latest: { readonly record: ExperimentRecord; readonly id: string } | undefined;

export async function noteLatest(record: ExperimentRecord): Promise<void> {
  const notebook = openNotebook();
  const before = latest;
  latest = { record, id: await keepRun(notebook, record) };
  if (before !== undefined) await removeRun(notebook, before.id);
}

/** It stays where it is, and no later comparison takes its place. */
async function keepLatest(record: ExperimentRecord): Promise<void> {
  if (latest?.record === record) latest = undefined;
  else await keepRun(openNotebook(), record);
}

export interface ComparisonProps {
  readonly record: ExperimentRecord;
}

export function ComparisonView({ record }: ComparisonProps): ReactNode {
  const [kept, setKept] = useState<"no" | "yes" | "failed">("no");
  const { comparison, verdict, device, notes, model } = record;
  const { ratio, method } = comparison;
  const details = [
    `Time a token, A over B: ${formatRatio(ratio?.median, 3)} (95 % interval ${formatInterval(ratio?.low, ratio?.high, (value) => formatRatio(value, 3))}).`,
    describeMethod(method),
    describeCheck(method),
    ...notes,
  ].filter((detail) => detail !== undefined);
  const keep = () => {
    keepLatest(record).then(
      () => setKept("yes"),
      () => setKept("failed"),
    );
  };
  const fileName = `memory-bound-lab-${record.startedAt.replaceAll(":", "-")}.json`;
  return (
    <section className="lab-comparison">
      <h4>
        A against B{" "}
        <small>
          one step at position {formatCount(comparison.baseline.step.position)}, {model.name},{" "}
          {formatCount(model.numParameters)} parameters
        </small>
      </h4>
      <Verdict sentence={verdict.sentence} details={details}>
        <p className="verdict-detail">
          <ProvenanceLabel provenance={{ kind: "measured", device: device.name }} />
        </p>
      </Verdict>
      <ScrollBox label="One step of each">
        <table className="lab-table">
          <caption>One step of each, measured in turns</caption>
          <thead>
            <tr>
              <th scope="col">One step</th>
              <th scope="col">A</th>
              <th scope="col">B</th>
            </tr>
          </thead>
          <tbody>
            {comparisonRows(record).map(([label, a, b]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{a}</td>
                <td>{b}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      <div className="lab-actions">
        <Button disabled={kept === "yes"} onPress={keep}>
          {kept === "yes" ? "Kept in my notebook" : "Keep in my notebook"}
        </Button>
        <Button
          onPress={() => saveText(JSON.stringify(record, null, 2), fileName, "application/json")}
        >
          Export as JSON
        </Button>
        <span>
          {kept === "failed"
            ? "The notebook could not be written."
            : "The latest comparison is in the notebook until the next one."}
        </span>
      </div>
    </section>
  );
}
