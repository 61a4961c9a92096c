// The values behind a picture, as a table and as CSV.
import type { ReactNode } from "react";
import type { DataTable } from "./widget.ts";

function csvCell(value: string | number): string {
  const text = String(value).replaceAll("\u00a0", " ");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180: CRLF, quotes doubled. */
export function toCsv({ columns, rows }: DataTable): string {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

const WHOLE = new Intl.NumberFormat("en-US");
const SIX_DIGITS = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });

/** Whole numbers in full, others to six digits; the CSV holds them all. */
function formatCell(value: number): string {
  return (Number.isInteger(value) ? WHOLE : SIX_DIGITS).format(value);
}

export function Table({ table }: { readonly table: DataTable }): ReactNode {
  return (
    <table>
      <caption>{table.caption}</caption>
      <thead>
        <tr>
          {table.columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {table.rows.map((row, i) => (
          // By place: a row that only changes its numbers, as a slider is moved, stays the row that it is.
          <tr key={`${i} ${row[0]}`}>
            {row.map((cell, column) => (
              <td key={table.columns[column]}>
                {typeof cell === "number" ? formatCell(cell) : cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
