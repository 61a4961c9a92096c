// What the page of sources shows besides prose: the catalogue with what was not checked, and how far models are off.
import type { ReactNode } from "react";
import { GPUS } from "../core/catalog/gpus/gpus.ts";
import { MODELS } from "../core/catalog/models/models.ts";
import { countParameters } from "../core/catalog/models/model-shape.ts";
import { LINKS } from "../core/parallel/links.ts";
import type { FitErrors } from "../core/roofline/fit-report.ts";
import { FIT_REPORT } from "../core/roofline/fitted-coefficients.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatPercent,
  formatSeconds,
  formatSi,
} from "../ui/format.ts";
import { REFERENCE_ENTRIES } from "./content.ts";

interface SourceTableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell names the row. */
  readonly rows: readonly { readonly id: string; readonly cells: readonly ReactNode[] }[];
}

function SourceTable({ caption, columns, rows }: SourceTableProps): ReactNode {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must take the keyboard
    <section className="scrolls table-box wide" tabIndex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, cells: [name, ...cells] }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              {cells.map((cell, index) => (
                <td key={columns[index + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const ALL_CHECKED = "all";

export function GpuTable(): ReactNode {
  return (
    <SourceTable
      caption="GPUs: peaks are dense, memory is decimal"
      columns={["GPU", "Memory", "Bandwidth", "16-bit peak", "Checked"]}
      rows={GPUS.map(({ id, name, memory, bandwidth, peakFlops, source, isUnchecked }) => ({
        id,
        cells: [
          <a key="name" href={source.url}>
            {name}
          </a>,
          formatBytes(memory),
          formatBandwidth(bandwidth, 4),
          formatSi(peakFlops, "FLOP/s"),
          isUnchecked ?? ALL_CHECKED,
        ],
      }))}
    />
  );
}

export function ModelTable({ root }: { readonly root: string }): ReactNode {
  return (
    <SourceTable
      caption="Models: parameters are counted from the shape"
      columns={["Model", "Parameters", "Checked"]}
      rows={MODELS.map(({ id, name, shape, source, isUnchecked }) => ({
        id,
        cells: [
          <a key="name" href={source.url.includes(":") ? source.url : root + source.url}>
            {name}
          </a>,
          formatCount(countParameters(shape)),
          isUnchecked ?? ALL_CHECKED,
        ],
      }))}
    />
  );
}

function errorCells(errors: FitErrors): ReactNode[] {
  return [
    formatCount(errors.numFitted),
    formatCount(errors.numHeldOut),
    formatPercent(errors.heldOutMedian),
    formatPercent(errors.heldOutP90),
  ];
}

/** Errors of the fitted times on the half of the measured rows that nothing was fitted on. */
export function FitTable(): ReactNode {
  const { gemm, attention } = FIT_REPORT;
  return (
    <SourceTable
      caption="Fitted times against measured ones, on rows that were held out"
      columns={["What", "Rows fitted", "Rows held out", "Median error", "9 in 10 within"]}
      rows={[
        { id: "a100", cells: ["A100, products held out", ...errorCells(gemm.a100.products)] },
        { id: "a100-n", cells: ["A100, token counts held out", ...errorCells(gemm.a100.tokens)] },
        { id: "h100", cells: ["H100, products held out", ...errorCells(gemm.h100.products)] },
        { id: "h100-n", cells: ["H100, token counts held out", ...errorCells(gemm.h100.tokens)] },
        { id: "decode", cells: ["A100, decode attention", ...errorCells(attention.a100.decode)] },
        {
          id: "prefill",
          cells: ["A100, prefill attention", ...errorCells(attention.a100.prefill)],
        },
      ]}
    />
  );
}

/** Latency and bandwidth of each link, fitted to measured all-reduces. */
export function LinkTable(): ReactNode {
  return (
    <SourceTable
      caption="All-reduce inside one node: latency plus bytes over bandwidth, one way"
      columns={["Link", "Peak", "Latency, fitted", "Bandwidth, fitted", "From"]}
      rows={LINKS.map((link) => ({
        id: link.id,
        cells: [
          link.name,
          formatBandwidth(link.peakPerDirection),
          formatSeconds(link.latency),
          formatBandwidth(link.busBandwidthPerDirection),
          link.note,
        ],
      }))}
    />
  );
}

export function ReferenceList(): ReactNode {
  return (
    <ul className="source-list">
      {REFERENCE_ENTRIES.map(([id, { authors, year, title, venue, url }]) => (
        <li key={id} id={id}>
          {authors} ({year}). <a href={url}>{title}</a>. {venue}.
        </li>
      ))}
    </ul>
  );
}
