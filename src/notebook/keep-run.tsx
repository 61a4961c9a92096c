// The button that puts a run into the reader's notebook, and what came of it.
import { useState, type ReactNode } from "react";
import type { AnyRecord } from "../experiments/kernel-record.ts";
import { Button } from "../ui/controls.tsx";
import { keepRun, openNotebook } from "./store.ts";

/** Give it a key of the record, so that another run can be kept too. */
export function KeepRun({ record }: { readonly record: AnyRecord }): ReactNode {
  const [status, setStatus] = useState<"new" | "kept" | "failed">("new");
  const keep = () =>
    void keepRun(openNotebook(), record).then(
      () => setStatus("kept"),
      () => setStatus("failed"),
    );
  if (status === "kept") return <output className="kept-run">Kept in your notebook.</output>;
  return (
    <>
      <Button onPress={keep}>Keep in my notebook</Button>
      {status === "failed" && <p role="alert">The notebook could not be written.</p>}
    </>
  );
}
