// Files that others shared: read one by one, checked, each fault a sentence, and added to those that are there.
import { MEBI } from "../../core/units/units.ts";
import type { KernelRecord } from "../../experiments/kernel-record.ts";
import { formatBinaryBytes } from "../../ui/format.ts";
import type { Machine } from "./scene.ts";

/** Of others' machines on the page at once. */
export const MAX_OTHERS = 40;

/** Longer files are not opened: one that the page saved has some 40 kB. */
const MAX_FILE_BYTES = 20 * MEBI;

/** What is asked of a file. */
export type SharedFile = Pick<File, "name" | "size" | "text">;

export interface Addition {
  /** Those that were there, then those of the files. */
  readonly others: readonly Machine[];
  /** Why a file was left out, with its name; in the order of the files. */
  readonly problems: readonly string[];
}

/**
 * Names one run of one machine. Thirty laptops of one model may begin in the same millisecond; how long each took tells
 * them apart.
 */
export function runIdOf({ startedAt, wallSeconds, device }: KernelRecord): string {
  return `${startedAt} ${wallSeconds} ${device.name}`;
}

/** "Iris Xe", "Iris Xe (2)": a class of one model shares one name, and each machine needs its own. */
function freeLabel(label: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const tried = n === 1 ? label : `${label} (${n})`;
    if (!taken.has(tried)) return tried;
  }
}

/** A file with the machine in it, or with what is wrong. */
export interface ReadFile {
  readonly name: string;
  readonly machine?: Machine;
  readonly problem?: string;
}

async function readFile(file: SharedFile): Promise<ReadFile> {
  const { name } = file;
  if (file.size > MAX_FILE_BYTES) {
    const [size, most] = [formatBinaryBytes(file.size), formatBinaryBytes(MAX_FILE_BYTES)];
    return { name, problem: `It holds ${size}; no more than ${most} are read.` };
  }
  // The checks are a library's worth of code: only who opens a file needs it.
  const { parseGpuFile } = await import("../../experiments/kernel-record-schema.ts");
  const text = await file.text().catch(() => undefined);
  if (text === undefined) return { name, problem: "It could not be read; choose it again." };
  const parsed = parseGpuFile(text);
  if (!parsed.ok) return { name, problem: parsed.problems[0] ?? "It is damaged." };
  const { label, ladder, linear } = parsed.file;
  const id = runIdOf(ladder);
  return { name, machine: { id, label, ladder, ...(linear === undefined ? {} : { linear }) } };
}

/** Reads and checks files, one after the other so that the page stays at hand. */
export async function readFiles(files: readonly SharedFile[]): Promise<readonly ReadFile[]> {
  const read: ReadFile[] = [];
  for (const file of files) read.push(await readFile(file));
  return read;
}

export interface Present {
  /** The machine that is drawn as the reader's, whose file is no other machine. */
  readonly own: Machine | undefined;
  readonly others: readonly Machine[];
}

/** Adds the machines of some files. None that is there already is added again, nor more than {@link MAX_OTHERS}. */
export function addMachines({ own, others }: Present, files: readonly ReadFile[]): Addition {
  const all = [...others];
  const problems: string[] = [];
  for (const { name, machine, problem } of files) {
    const obstacle = machine === undefined ? problem : findObstacle(machine, { own, others: all });
    if (obstacle !== undefined) problems.push(`${name}: ${obstacle}`);
    else if (machine !== undefined) {
      const taken = new Set([own?.label ?? "", ...all.map(({ label }) => label)]);
      all.push({ ...machine, label: freeLabel(machine.label, taken) });
    }
  }
  return { others: all, problems };
}

function findObstacle(machine: Machine, { own, others }: Present): string | undefined {
  if (own !== undefined && runIdOf(own.ladder) === machine.id) {
    return `It is the run of ${own.label}, which is drawn already.`;
  }
  const same = others.find(({ id }) => id === machine.id);
  if (same !== undefined) return `It is the same run as ${same.label}, which is here already.`;
  if (others.length < MAX_OTHERS) return undefined;
  return `There is no room: ${MAX_OTHERS} machines are here, and no more are drawn. Take some away first.`;
}
