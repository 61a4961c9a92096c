// Every value that prose can ask for, by the name in `<Value of="…">`.
import {
  batchFloor,
  batchIntensity,
  batchLoad,
  intensityLimit,
  largestBatchValue,
  prefillServers,
  readingSpeedValue,
  stepWeights,
} from "./batching.ts";
import {
  chunkedPrefillTime,
  chunkOverhead,
  mixedStepTime,
  prefillChunks,
  staticIdle,
} from "./continuous-batching.ts";
import { fitError, linkFit } from "./fit.ts";
import { fusionBytes, fusionSaving, fusionTimeSaving } from "./fusion.ts";
import {
  bandwidthValue,
  elementOperations,
  gibiOverGiga,
  measuredRatio,
  peakValue,
  tokenComputeTime,
  weightsTime,
} from "./hierarchy.ts";
import {
  arrayBytes,
  elementwiseIntensity,
  elementwiseTime,
  linearCrossover,
  linearIntensity,
  linearLimit,
  linearTime,
  linearWeightBytes,
  squareCrossover,
  squareIntensity,
} from "./layer.ts";
import {
  decodeFloorValue,
  kvBytes,
  kvBytesOfToken,
  kvCrossoverValue,
  parameters,
  weightBytes,
} from "./memory.ts";
import {
  blockBytes,
  emptySlots,
  kvBlocks,
  meanBlockWaste,
  reservedShare,
  tableShare,
  textsThatFit,
} from "./paged-attention.ts";
import { pagingGain } from "./paging-gain.ts";
import {
  allReduceBytes,
  allReduceCount,
  allReduceMeasured,
  allReduceMeasuredTotal,
  allReduceSmall,
  allReduceTimeValue,
  allReduceTotal,
  allReduceWireTime,
  gpusNeeded,
  kvBytesAllRanks,
  kvBytesPerRank,
  memoryLeft,
  messageTotal,
  rankComputeTime,
  rankReadTime,
  tokensThatFit,
} from "./parallel.ts";
import {
  attentionHalf,
  attentionIntensity,
  attentionShare,
  kvTransferTime,
  passBytes,
  passFlops,
  passIntensity,
  passTime,
  prefillCrossover,
} from "./prefill-decode.ts";
import {
  matmulRate,
  nextMultiple,
  powerOfTwo,
  shareOf,
  swigluWidth,
  tilesValue,
  waveEfficiencyValue,
  wavesValue,
} from "./shapes.ts";
import { ValueArguments, type OpenedValue, type ValueDefinition } from "./value.ts";
import {
  blocksFromLog,
  servedAvailable,
  servedConcurrency,
  servedShare,
  servedTokens,
  servedWeights,
} from "./vllm.ts";
import { matmulRows, matvecIntensity, ridgePointValue, rowsAtRidge } from "./work.ts";

const VALUES: ReadonlyMap<string, ValueDefinition> = new Map([
  ["kv-bytes-per-token", kvBytesOfToken],
  ["kv-bytes", kvBytes],
  ["parameters", parameters],
  ["weight-bytes", weightBytes],
  ["decode-floor", decodeFloorValue],
  ["kv-crossover", kvCrossoverValue],
  ["ridge-point", ridgePointValue],
  ["matvec-intensity", matvecIntensity],
  ["rows-at-ridge", rowsAtRidge],
  ["matmul-rows", matmulRows],
  ["peak", peakValue],
  ["bandwidth", bandwidthValue],
  ["element-operations", elementOperations],
  ["token-compute-time", tokenComputeTime],
  ["weights-time", weightsTime],
  ["measured-ratio", measuredRatio],
  ["gib-over-gb", gibiOverGiga],
  ["square-intensity", squareIntensity],
  ["square-crossover", squareCrossover],
  ["linear-intensity", linearIntensity],
  ["linear-limit", linearLimit],
  ["linear-weight-bytes", linearWeightBytes],
  ["linear-time", linearTime],
  ["linear-crossover", linearCrossover],
  ["elementwise-intensity", elementwiseIntensity],
  ["elementwise-time", elementwiseTime],
  ["array-bytes", arrayBytes],
  ["fusion-bytes", fusionBytes],
  ["fusion-saving", fusionSaving],
  ["fusion-time-saving", fusionTimeSaving],
  ["gpus-needed", gpusNeeded],
  ["memory-left", memoryLeft],
  ["tokens-that-fit", tokensThatFit],
  ["kv-bytes-per-rank", kvBytesPerRank],
  ["kv-bytes-all-ranks", kvBytesAllRanks],
  ["rank-read-time", rankReadTime],
  ["rank-compute-time", rankComputeTime],
  ["all-reduce-count", allReduceCount],
  ["all-reduce-bytes", allReduceBytes],
  ["all-reduce-wire-time", allReduceWireTime],
  ["all-reduce-time", allReduceTimeValue],
  ["all-reduce-total", allReduceTotal],
  ["all-reduce-measured", allReduceMeasured],
  ["all-reduce-measured-total", allReduceMeasuredTotal],
  ["all-reduce-small", allReduceSmall],
  ["message-total", messageTotal],
  ["fit-error", fitError],
  ["link-fit", linkFit],
  ["pass-flops", passFlops],
  ["pass-bytes", passBytes],
  ["pass-intensity", passIntensity],
  ["pass-time", passTime],
  ["prefill-crossover", prefillCrossover],
  ["attention-intensity", attentionIntensity],
  ["attention-share", attentionShare],
  ["attention-half", attentionHalf],
  ["kv-transfer-time", kvTransferTime],
  ["paging-gain", pagingGain],
  ["tiles", tilesValue],
  ["waves", wavesValue],
  ["wave-efficiency", waveEfficiencyValue],
  ["matmul-rate", matmulRate],
  ["swiglu-width", swigluWidth],
  ["power-of-two", powerOfTwo],
  ["next-multiple", nextMultiple],
  ["share-of", shareOf],
  ["static-idle", staticIdle],
  ["prefill-chunks", prefillChunks],
  ["chunked-prefill-time", chunkedPrefillTime],
  ["chunk-overhead", chunkOverhead],
  ["mixed-step-time", mixedStepTime],
  ["kv-blocks", kvBlocks],
  ["empty-slots", emptySlots],
  ["block-waste", meanBlockWaste],
  ["reserved-share", reservedShare],
  ["texts-that-fit", textsThatFit],
  ["block-bytes", blockBytes],
  ["table-share", tableShare],
  ["reading-speed", readingSpeedValue],
  ["step-weights", stepWeights],
  ["batch-floor", batchFloor],
  ["batch-intensity", batchIntensity],
  ["intensity-limit", intensityLimit],
  ["largest-batch", largestBatchValue],
  ["batch-load", batchLoad],
  ["prefill-servers", prefillServers],
  ["served-weights", servedWeights],
  ["served-share", servedShare],
  ["served-available", servedAvailable],
  ["served-tokens", servedTokens],
  ["served-concurrency", servedConcurrency],
  ["blocks-from-log", blocksFromLog],
]);

/** @throws Error with a sentence naming the value, where it or an attribute does not exist. */
export function computeValue(
  of: string,
  attributes: Readonly<Record<string, string>>,
): OpenedValue {
  const define = VALUES.get(of);
  if (define === undefined) throw new Error(`There is no value "${of}".`);
  const args = new ValueArguments(attributes);
  try {
    const value = define(args);
    args.assertAllRead();
    return value;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The value "${of}" ${reason}.`, { cause: error });
  }
}
