// Others' shared files: chosen, listed, taken away again and brought back. They are read here and go nowhere.
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { Button } from "../../ui/controls.tsx";
import { isClass } from "./class-scene.ts";
import type { Machine } from "./scene.ts";
import { addMachines, MAX_OTHERS, readFiles, type SharedFile } from "./shared-files.ts";

/** What was taken away last, and what there was before. */
interface Removal {
  readonly words: string;
  readonly before: readonly Machine[];
}

export interface OtherMachines {
  readonly others: readonly Machine[];
  /** Sentences on files that were left out. */
  readonly problems: readonly string[];
  /** Of the files that are being read. */
  readonly numReading: number;
  readonly removal: Removal | undefined;
  readonly add: (own: Machine | undefined, files: readonly SharedFile[]) => void;
  /** Takes some of them away. */
  readonly remove: (gone: readonly Machine[]) => void;
  readonly undo: () => void;
}

/** @param onAdded - hears of all others once files were read. */
export function useOthers(onAdded: (others: readonly Machine[]) => void): OtherMachines {
  const [others, setOthers] = useState<readonly Machine[]>([]);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [numReading, setNumReading] = useState(0);
  const [removal, setRemoval] = useState<Removal>();
  // As they are once files were read, which takes a while.
  const latest = useRef(others);
  const change = (next: readonly Machine[], undoable: Removal | undefined) => {
    latest.current = next;
    setOthers(next);
    setRemoval(undoable);
  };
  const add = async (own: Machine | undefined, files: readonly SharedFile[]) => {
    setNumReading(files.length);
    const read = await readFiles(files);
    const before = latest.current;
    const added = addMachines({ own, others: before }, read);
    setNumReading(0);
    setProblems(added.problems);
    change(added.others, undefined);
    if (added.others.length > before.length) onAdded(added.others);
  };
  const remove = (gone: readonly Machine[]) => {
    const [only] = gone;
    const words =
      gone.length === 1 && only !== undefined
        ? `${only.label} was taken away.`
        : `All ${gone.length} were taken away.`;
    setProblems([]);
    change(
      others.filter((one) => !gone.includes(one)),
      { words, before: others },
    );
  };
  return {
    others,
    problems,
    numReading,
    removal,
    add: (own, files) => void add(own, files),
    remove,
    undo: () => {
      if (removal !== undefined) change(removal.before, undefined);
    },
  };
}

function Removals({ machines }: { readonly machines: OtherMachines }): ReactNode {
  const { others, remove } = machines;
  return (
    <>
      {others.map((one) => (
        <span key={one.id} className="own-gpu-other">
          {one.label}{" "}
          <Button kind="quiet" onPress={() => remove([one])}>
            Take {one.label} away
          </Button>
        </span>
      ))}
    </>
  );
}

/** What was taken away, with the way back; the keyboard, whose button is gone, goes on there. */
function Removed({ removal, onUndo }: { readonly removal: Removal; readonly onUndo: () => void }) {
  const box = useRef<HTMLOutputElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) box.current?.querySelector("button")?.focus();
  }, []);
  return (
    <output ref={box} className="own-gpu-removed">
      {removal.words}{" "}
      <Button kind="quiet" onPress={onUndo}>
        Undo
      </Button>
    </output>
  );
}

function Problems({ machines }: { readonly machines: OtherMachines }): ReactNode {
  const { problems, others } = machines;
  if (problems.length === 0) return null;
  return (
    <div role="alert" className="figure-notice own-gpu-problems">
      <p>
        {problems.length === 1 ? "One file was left out" : `${problems.length} files were left out`}
        {others.length > 0 && `; ${others.length === 1 ? "one is" : `${others.length} are`} here`}.
        Each must be as “Share my GPU” saved it, and each run counts once.
      </p>
      <ul>
        {problems.map((problem, index) => (
          // Two files from two folders may share a name and a fault.
          <li key={`${index} ${problem}`}>{problem}</li>
        ))}
      </ul>
    </div>
  );
}

export interface OthersProps {
  readonly own: Machine | undefined;
  readonly machines: OtherMachines;
}

export function Others({ own, machines }: OthersProps): ReactNode {
  const { others, numReading, removal, add, remove, undo } = machines;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const bringBack = () => {
    undo();
    input.current?.focus();
  };
  return (
    <section className="own-gpu-others" aria-label="Others’ machines">
      <div className="own-gpu-choose">
        <label htmlFor={id}>
          Lay others’ shared files beside it: choose several at once or drop them on the button, up
          to {MAX_OTHERS} (they stay in this page)
        </label>
        <input
          ref={input}
          id={id}
          type="file"
          multiple
          accept=".json,application/json"
          onChange={({ currentTarget }) => {
            const files = [...(currentTarget.files ?? [])];
            if (files.length > 0) add(own, files);
            // So that a file that was taken away can be chosen again.
            currentTarget.value = "";
          }}
        />
        {numReading > 0 && (
          <output>Reading {numReading === 1 ? "one file" : `${numReading} files`} …</output>
        )}
      </div>
      <Problems machines={machines} />
      {others.length > 0 && (
        <div className="own-gpu-removals">
          {isClass(others) ? (
            <details>
              <summary>Take machines away</summary>
              <div className="own-gpu-removals">
                <Removals machines={machines} />
              </div>
            </details>
          ) : (
            <Removals machines={machines} />
          )}
          {others.length > 1 && (
            <Button kind="quiet" onPress={() => remove(others)}>
              Take all {others.length} away
            </Button>
          )}
        </div>
      )}
      {removal !== undefined && (
        <Removed key={removal.words} removal={removal} onUndo={bringBack} />
      )}
    </section>
  );
}
