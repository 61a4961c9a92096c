// A GPU that the catalogue does not have, from JSON in the units of datasheets.
import {
  fieldsOf,
  findField,
  findPositiveField,
  nameField,
  positiveField,
  wholeField,
} from "../fields.ts";
import { fromDatasheet } from "./from-datasheet.ts";
import type { GpuEntry, PcieGeneration } from "./gpu-entry.ts";

/** Far above any chip. */
const MAX_FIGURE = 1e9;

const UNCHECKED = "All figures are as given; none was checked.";

/** All fields that {@link parseGpu} reads. */
export const GPU_FIELDS: readonly string[] = [
  "name",
  "memoryGB",
  "bandwidthTBps",
  "dense16BitTFLOPs",
  "denseFp8TFLOPs",
  "denseInt8TOPs",
  "numSms",
  "l2MiB",
  "sharedPerSmKiB",
  "registersPerSmKiB",
  "nvlinkPerDirectionGBps",
  "pcieGeneration",
];

function pcieOf(value: unknown): PcieGeneration | undefined {
  if (value === undefined) return undefined;
  if (value === 3 || value === 4 || value === 5) return value;
  throw new RangeError('"pcieGeneration" must be 3, 4 or 5, or be left out.');
}

/**
 * A catalogue entry from JSON with the fields of a datasheet: `memoryGB`, `bandwidthTBps`, `dense16BitTFLOPs` and
 * `numSms` are required; `name`, `denseFp8TFLOPs`, `denseInt8TOPs`, `l2MiB`, `sharedPerSmKiB`, `registersPerSmKiB`,
 * `nvlinkPerDirectionGBps` and `pcieGeneration` may be left out. GB is 10⁹ bytes, GiB 2³⁰; rates are dense.
 *
 * @throws RangeError naming the field and what it may be.
 */
export function parseGpu(json: unknown): GpuEntry {
  const fields = fieldsOf(json, "A GPU");
  const optional = (name: string) => findPositiveField(fields, name, MAX_FIGURE);
  return fromDatasheet({
    id: "custom",
    name: nameField(fields, ["name"], "unnamed GPU"),
    memoryGB: positiveField(fields, "memoryGB", MAX_FIGURE),
    bandwidthTBps: positiveField(fields, "bandwidthTBps", MAX_FIGURE),
    dense16BitTFLOPs: positiveField(fields, "dense16BitTFLOPs", MAX_FIGURE),
    denseFp8TFLOPs: optional("denseFp8TFLOPs"),
    denseInt8TOPs: optional("denseInt8TOPs"),
    numSms: wholeField(fields, "numSms", { min: 1, max: 100_000 }),
    l2MiB: optional("l2MiB"),
    sharedPerSmKiB: optional("sharedPerSmKiB"),
    registersPerSmKiB: optional("registersPerSmKiB"),
    nvlinkPerDirectionGBps: optional("nvlinkPerDirectionGBps"),
    pcieGeneration: pcieOf(findField(fields, "pcieGeneration")),
    source: { url: "", readOn: "" },
    isUnchecked: UNCHECKED,
  });
}
