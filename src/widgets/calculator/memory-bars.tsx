// The memory of one GPU, once or twice: as asked, and where that does not fit, with what would.
import type { ReactNode } from "react";
import type { Deployment } from "../../core/serving/deployment.ts";
import { blocksPerRequest, type KvCapacity } from "../../core/serving/kv-capacity.ts";
import { counted } from "../../core/units/grouped.ts";
import { formatBinaryBytes } from "../../ui/format.ts";
import { describeMachine } from "./describe.ts";
import { MemoryBar, type MemoryPart } from "./memory-bar.tsx";
import * as open from "./opened.ts";
import type { Answer, Running } from "./scene.ts";

/** Bytes of the requests that run, when each has all its tokens. */
function usedBytes({ capacity, roofline, evaluation }: Running): number {
  const { promptTokens, outputTokens } = evaluation.workload;
  const { blockSize } = evaluation.deployment;
  const blocks = blocksPerRequest(promptTokens + outputTokens, blockSize);
  return roofline.batch * blocks * capacity.blockBytes;
}

function memoryPartsOf(
  deployment: Deployment,
  capacity: KvCapacity,
  running: Running | undefined,
): readonly MemoryPart[] {
  const { weights, activations, other, cudaGraphs, available, leftToOthers } = capacity.memory;
  const fixed: readonly MemoryPart[] = [
    {
      id: "weights",
      letter: "W",
      label: `weights in ${deployment.precision.weights}`,
      bytes: weights,
      opened: open.openWeights(deployment, capacity),
    },
    {
      id: "work",
      letter: "A",
      label: "activations and overhead",
      bytes: activations + other + cudaGraphs,
      opened: open.openWork(deployment, capacity),
    },
  ];
  if (available <= 0) return fixed;
  const rest: MemoryPart = {
    id: "rest",
    letter: "",
    label: "left to others",
    bytes: leftToOthers,
  };
  if (running === undefined) {
    return [
      ...fixed,
      { id: "free", letter: "F", label: "free, less than one request", bytes: available },
      rest,
    ];
  }
  const used = usedBytes(running);
  return [
    ...fixed,
    {
      id: "used",
      letter: "K",
      label: `KV cache of ${counted(running.roofline.batch, "request")}`,
      bytes: used,
      opened: open.openUsed(running, used),
    },
    { id: "free", letter: "F", label: "KV cache, free", bytes: Math.max(0, available - used) },
    rest,
  ];
}

interface Memory {
  readonly deployment: Deployment;
  readonly capacity: KvCapacity;
  readonly running: Running | undefined;
  readonly title: string | undefined;
}

/** One bar, or two to compare: what was asked for, and what would fit. */
function memoriesOf({ asked, instead, running }: Answer): readonly Memory[] {
  const own: Memory[] =
    asked.capacity === undefined
      ? []
      : [
          {
            deployment: asked.deployment,
            capacity: asked.capacity,
            running: instead === undefined ? running : undefined,
            title: instead === undefined ? undefined : "As asked",
          },
        ];
  if (instead === undefined || running === undefined) return own;
  const { deployment } = running.evaluation;
  return [...own, { deployment, capacity: running.capacity, running, title: instead.text }];
}

export function MemoryBars({ answer }: { readonly answer: Answer }): ReactNode {
  const memories = memoriesOf(answer).map((memory) => ({
    ...memory,
    parts: memoryPartsOf(memory.deployment, memory.capacity, memory.running),
  }));
  const full = Math.max(
    ...memories.map(({ parts, capacity }) =>
      Math.max(
        capacity.memory.total,
        parts.reduce((sum, part) => sum + part.bytes, 0),
      ),
    ),
  );
  return memories.map(({ deployment, capacity, title, parts }) => (
    <div key={title ?? ""}>
      {title !== undefined && <p className="calculator-case">{title}</p>}
      <MemoryBar
        parts={parts}
        memory={capacity.memory.total}
        share={capacity.memory.requested}
        openedShare={open.openShare(deployment, capacity)}
        full={full}
        description={`${describeMachine(deployment)}, on each GPU: ${parts.map(({ label, bytes }) => `${label} ${formatBinaryBytes(bytes)}`).join(", ")}, of ${formatBinaryBytes(capacity.memory.total)}.`}
      />
    </div>
  ));
}
