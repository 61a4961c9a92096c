// Why a server is slow, or does not start: every cause that a pasted text gives away, heaviest first.
import type { Finding } from "./finding.ts";
import { layerKinds, offload, tensorParallel } from "./layout-causes.ts";
import {
  blockSize,
  fewRunning,
  preemption,
  prefixMisses,
  smallChunks,
  stepLimits,
} from "./load-causes.ts";
import {
  allMemoryTaken,
  fp8Cache,
  longestRequest,
  maximumConcurrency,
  memoryInUse,
  sizing,
} from "./memory-causes.ts";
import { observe, type Choices, type Observations } from "./observations.ts";
import { vllmCommand } from "../serving/vllm-command.ts";
import { changeCommand } from "./serve-command.ts";

/** Among causes of one weight the earlier stands first. */
const DETECTORS: readonly ((seen: Observations) => Finding | undefined)[] = [
  memoryInUse,
  longestRequest,
  preemption,
  fewRunning,
  prefixMisses,
  smallChunks,
  stepLimits,
  offload,
  sizing,
  maximumConcurrency,
  fp8Cache,
  tensorParallel,
  layerKinds,
  blockSize,
  allMemoryTaken,
];

export interface Diagnosis {
  readonly seen: Observations;
  /** Heaviest first. */
  readonly findings: readonly Finding[];
  /** Sentences: on the text, and on what could not be counted. */
  readonly notes: readonly string[];
}

/** Throws nothing, whatever the text. */
export function diagnose(text: string, choices: Choices): Diagnosis {
  const seen = observe(text, choices);
  if (!seen.isAnything) return { seen, findings: [], notes: seen.notes };
  const findings: Finding[] = [];
  const notes = new Set(seen.notes);
  for (const detect of DETECTORS) {
    try {
      const finding = detect(seen);
      if (finding !== undefined) findings.push(finding);
    } catch (error) {
      // The arithmetic refuses some settings with a sentence: the other causes stand.
      if (!(error instanceof RangeError)) throw error;
      notes.add(error.message);
    }
  }
  return {
    seen,
    findings: findings.toSorted((one, other) => other.weight - one.weight),
    notes: [...notes],
  };
}

/** The reader's own line with the change in it; where they gave none, the line of the deployment after it. */
export function changedLine(seen: Observations, finding: Finding): string {
  const words = seen.command?.words ?? vllmCommand(finding.before).split(" ");
  return changeCommand(words, finding.changes);
}
