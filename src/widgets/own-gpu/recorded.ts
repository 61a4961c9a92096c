// A run recorded elsewhere, for the poster and for readers whose machine has no WebGPU. Which files there are is
// known when the site is built.
import type { Provenance } from "../../figure/widget.ts";
import { A100 } from "../../live/published.ts";
import type { KernelRecord } from "../../experiments/kernel-record.ts";
import { findBest, findLadder } from "../../live/recorded.ts";
import type { Machine } from "./scene.ts";

const LINEARS = import.meta.glob<KernelRecord>("../../../public/recorded/linear-batch.*.json", {
  eager: true,
  import: "default",
});

function findMachine(): Machine | undefined {
  const ladder = findLadder();
  if (ladder === undefined) return undefined;
  const linear = findBest(LINEARS, ({ device }) => device.name === ladder.device.name);
  return {
    id: "recorded",
    label: `${ladder.device.name}, recorded ${ladder.startedAt.slice(0, 10)}`,
    ladder,
    ...(linear === undefined ? {} : { linear }),
  };
}

/** Undefined where none has been recorded. */
export const RECORDED: Machine | undefined = findMachine();

/** Of what is drawn before this device was measured. */
export const DEFAULT_PROVENANCE: Provenance =
  RECORDED === undefined
    ? { kind: "published", source: `${A100.gpu.name}, datasheet and white paper` }
    : {
        kind: "recorded",
        device: RECORDED.ladder.device.name,
        date: RECORDED.ladder.startedAt.slice(0, 10),
      };
