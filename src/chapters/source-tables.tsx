// What the page of sources shows besides prose: the catalogue with what was not checked, and the links.
import type { ReactNode } from "react";
import { GPUS } from "../core/catalog/gpus/gpus.ts";
import { MODELS } from "../core/catalog/models/models.ts";
import { countParameters } from "../core/catalog/models/model-shape.ts";
import { LINKS } from "../core/parallel/links.ts";
import { findSmallTimes } from "../core/parallel/measured.ts";
import { RANKS } from "../core/parallel/ranks.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
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

/** Latency and bandwidth of each link, fitted to measured all-reduces. */
export function LinkTable(): ReactNode {
  return (
    <SourceTable
      caption="All-reduce inside one node: latency plus bytes over bandwidth, one way"
      columns={[
        "Link",
        "Peak",
        "Latency, fitted",
        "Below 1 MiB, measured",
        "Bandwidth, fitted",
        "From",
      ]}
      rows={LINKS.map((link) => ({
        id: link.id,
        cells: [
          link.name,
          formatBandwidth(link.peakPerDirection),
          formatSeconds(link.latency),
          describeScatter(link.id),
          formatBandwidth(link.busBandwidthPerDirection),
          link.note,
        ],
      }))}
    />
  );
}

/** Shortest to longest time of small arrays, for each number of GPUs that was measured. */
function describeScatter(linkId: string): string {
  const ranges = RANKS.flatMap((ranks) => {
    const times = findSmallTimes(ranks, linkId);
    if (times === undefined) return [];
    return [
      `${ranks} GPUs ${formatSeconds(times.least, 2)} to ${formatSeconds(times.most, 2)}, median ${formatSeconds(times.median, 2)}`,
    ];
  });
  return ranges.length === 0 ? "not measured" : ranges.join("; ");
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
