// "Share my GPU": this device's records as a file. It is saved where the reader says and sent nowhere.
import { useState, type ReactNode } from "react";
import type { GpuFile } from "../../experiments/kernel-record-schema.ts";
import { saveText } from "../../figure/export.ts";
import { Button, TextControl } from "../../ui/controls.tsx";
import type { Machine } from "./scene.ts";

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
