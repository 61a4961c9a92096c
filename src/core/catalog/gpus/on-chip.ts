// Rates inside the chip that makers state, and the disk beside it: what the catalogue's datasheet figures do not hold.
// A GPU that is absent, or a field that is, has no figure with a source that was checked.
import { bytesPerSecond, GIGA, TERA, type BytesPerSecond } from "../../units/units.ts";

export interface Source {
  readonly label: string;
  readonly url: string;
}

export interface OnChip {
  /** Stated peak of the plain 32-bit units, FLOP a second. */
  readonly fp32Peak: number;
  readonly fp32Source: Source;
  /** Clock that the maker states its tensor-core peak at, in hertz. */
  readonly clock?: number;
  readonly clockSource?: Source;
  /** L2 reads of the whole chip, bytes a clock. */
  readonly l2BytesPerClock?: number;
  readonly l2Source?: Source;
}

/** Reads of shared memory: 32 banks, each 32 bits a clock. */
export const SHARED_BYTES_PER_CLOCK = 128;
export const SHARED_SOURCE: Source = {
  label: "CUDA C++ Programming Guide, shared memory",
  url: "https://docs.nvidia.com/cuda/archive/12.6.3/cuda-c-programming-guide/index.html#shared-memory-5-x",
};

/** A fused multiply-add reads three operands of 4 bytes and counts as two FLOPs. */
export const OPERAND_BYTES_PER_FLOP = 6;

const VOLTA: Source = {
  label: "NVIDIA Tesla V100 GPU Architecture (white paper)",
  url: "https://images.nvidia.com/content/volta-architecture/pdf/volta-architecture-whitepaper.pdf",
};
const AMPERE: Source = {
  label: "NVIDIA A100 Tensor Core GPU Architecture (white paper)",
  url: "https://images.nvidia.com/aem-dam/en-zz/Solutions/data-center/nvidia-ampere-architecture-whitepaper.pdf",
};
const HOPPER: Source = {
  label: "NVIDIA H100 Tensor Core GPU Architecture (white paper)",
  url: "https://resources.nvidia.com/en-us-tensor-core/gtc22-whitepaper-hopper",
};
const ADA: Source = {
  label: "NVIDIA Ada GPU Architecture (white paper)",
  url: "https://images.nvidia.com/aem-dam/Solutions/geforce/ada/nvidia-ada-gpu-architecture.pdf",
};
const L2_TABLE: Source = {
  label: "Hardware features of GPU architectures (PMC10448217, table 3)",
  url: "https://pmc.ncbi.nlm.nih.gov/articles/PMC10448217/table/t0015",
};

const A100: OnChip = {
  fp32Peak: 19.5 * TERA,
  fp32Source: AMPERE,
  clock: 1.41 * GIGA,
  clockSource: AMPERE,
  l2BytesPerClock: 5120,
  l2Source: L2_TABLE,
};
const H100_SXM: OnChip = {
  fp32Peak: 66.9 * TERA,
  fp32Source: HOPPER,
  clock: 1.83 * GIGA,
  clockSource: HOPPER,
};

/** By the id of the catalogue. */
export const ON_CHIP: ReadonlyMap<string, OnChip> = new Map<string, OnChip>([
  [
    "v100-sxm2-32gb",
    {
      fp32Peak: 15.7 * TERA,
      fp32Source: VOLTA,
      clock: 1.53 * GIGA,
      clockSource: VOLTA,
      l2BytesPerClock: 2048,
      l2Source: L2_TABLE,
    },
  ],
  ["a100-40gb-sxm", A100],
  ["a100-80gb-sxm", A100],
  ["a100-80gb-pcie", A100],
  ["h100-sxm", H100_SXM],
  ["h200-sxm", H100_SXM],
  [
    "rtx-4090",
    {
      fp32Peak: 82.6 * TERA,
      fp32Source: ADA,
      clock: 2.52 * GIGA,
      clockSource: ADA,
    },
  ],
  [
    "t4",
    {
      fp32Peak: 8.1 * TERA,
      fp32Source: { label: "NVIDIA T4", url: "https://www.nvidia.com/en-us/data-center/tesla-t4/" },
    },
  ],
  [
    "l4",
    {
      fp32Peak: 30.3 * TERA,
      fp32Source: { label: "NVIDIA L4", url: "https://www.nvidia.com/en-us/data-center/l4/" },
    },
  ],
  [
    "l40s",
    {
      fp32Peak: 91.6 * TERA,
      fp32Source: { label: "NVIDIA L40S", url: "https://www.nvidia.com/en-us/data-center/l40s/" },
    },
  ],
]);

/** One fast drive, read from end to end. */
export const DISK: {
  readonly name: string;
  readonly rate: BytesPerSecond;
  readonly source: Source;
} = {
  name: "Samsung PM9A3, PCIe 4.0 ×4",
  rate: bytesPerSecond(6.5 * GIGA),
  source: {
    label: "Samsung PM9A3 announcement (ComputerBase)",
    url: "https://www.computerbase.de/2020-05/samsung-pm9a3-e1.s-pcie-4.0-ssd/",
  },
};

export interface L2Rate {
  readonly bytesPerClock: number;
  /** Hertz. */
  readonly clock: number;
  /** Reads of the whole chip: bytes a clock times clocks a second. */
  readonly rate: BytesPerSecond;
  readonly source: Source;
}

/** What a GPU's L2 cache can be read at; undefined where no source states it. */
export function findL2Rate(gpuId: string): L2Rate | undefined {
  const { clock, l2BytesPerClock, l2Source } = ON_CHIP.get(gpuId) ?? {};
  if (clock === undefined || l2BytesPerClock === undefined || l2Source === undefined) {
    return undefined;
  }
  return {
    bytesPerClock: l2BytesPerClock,
    clock,
    rate: bytesPerSecond(l2BytesPerClock * clock),
    source: l2Source,
  };
}
