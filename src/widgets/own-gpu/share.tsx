// "Share my GPU": this device's records as a file, and others' files beside it. A file is read and checked here and
// goes nowhere.
import { useId, useState, type ReactNode } from "react";
import type { GpuFile } from "../../experiments/kernel-record-schema.ts";
import { saveText } from "../../figure/export.ts";
import { Button, TextControl } from "../../ui/controls.tsx";
import type { Machine } from "./scene.ts";

/** The palette has six places, and the first is the reader's. */
export const MAX_OTHERS = 5;

function fileNameOf(label: string): string {
  const words = label.toLowerCase().match(/[a-z0-9]+/g) ?? ["device"];
  return `memory-bound-gpu-${words.join("-").slice(0, 40)}.json`;
}

/** A name for the device, and the button that saves it. */
export function ShareButton({ machine }: { readonly machine: Machine }): ReactNode {
  const { ladder, linear } = machine;
  const [label, setLabel] = useState(ladder.device.name.slice(0, 60));
  const share = () => {
    const shown = label.trim() === "" ? "a device" : label.trim();
    const file: GpuFile = {
      schema: "memory-bound/gpu@1",
      label: shown,
      ladder,
      ...(linear === undefined ? {} : { linear }),
    };
    saveText(`${JSON.stringify(file)}\n`, fileNameOf(shown), "application/json");
  };
  return (
    <div className="own-gpu-share">
      <TextControl
        label="Name of this device in the file"
        maxLength={60}
        value={label}
        onChange={setLabel}
      />
      <Button onPress={share}>Share my GPU (JSON)</Button>
    </div>
  );
}

export interface OthersProps {
  readonly others: readonly Machine[];
  readonly onChange: (others: readonly Machine[]) => void;
}

interface Read {
  readonly machines: readonly Machine[];
  readonly problems: readonly string[];
}

async function readFiles(files: readonly File[]): Promise<Read> {
  // The checks are a library's worth of code: only who opens a file needs it.
  const { parseGpuFile } = await import("../../experiments/kernel-record-schema.ts");
  const machines: Machine[] = [];
  const problems: string[] = [];
  for (const file of files) {
    const parsed = parseGpuFile(await file.text());
    if (parsed.ok) {
      const { label, ladder, linear } = parsed.file;
      const id = `file-${file.name}-${ladder.startedAt}`;
      machines.push({ id, label, ladder, ...(linear === undefined ? {} : { linear }) });
    } else problems.push(`${file.name}: ${parsed.problems[0] ?? "it is damaged."}`);
  }
  return { machines, problems };
}

/** Others' files: chosen, listed, taken away again. */
export function Others({ others, onChange }: OthersProps): ReactNode {
  const id = useId();
  const [problems, setProblems] = useState<readonly string[]>([]);
  const take = async (files: readonly File[]) => {
    const read = await readFiles(files);
    const known = new Set(others.map((one) => one.id));
    const all = [...others, ...read.machines.filter((one) => !known.has(one.id))];
    const tooMany =
      all.length > MAX_OTHERS
        ? [`Of ${all.length} files, ${MAX_OTHERS} are drawn; take some away for the others.`]
        : [];
    setProblems([...read.problems, ...tooMany]);
    onChange(all.slice(0, MAX_OTHERS));
  };
  return (
    <div className="own-gpu-others">
      <label htmlFor={id}>Lay others’ shared files beside it (they stay in this page)</label>
      <input
        id={id}
        type="file"
        multiple
        accept=".json,application/json"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          take(files).catch(() => setProblems(["The file could not be read."]));
        }}
      />
      {others.map((one) => (
        <span key={one.id} className="own-gpu-other">
          {one.label}{" "}
          <Button kind="quiet" onPress={() => onChange(others.filter((other) => other !== one))}>
            Take {one.label} away
          </Button>
        </span>
      ))}
      {problems.length > 0 && (
        <div role="alert" className="figure-notice">
          {problems.map((problem) => (
            <p key={problem}>{problem}</p>
          ))}
        </div>
      )}
    </div>
  );
}
