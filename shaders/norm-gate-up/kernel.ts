// The first half of a feed-forward layer in one dispatch: RMSNorm, gate and up projections, SwiGLU.
import type { Cost } from "../../src/core/cost/cost.ts";
import { bytes, flops } from "../../src/core/units/units.ts";
import {
  READ_F32,
  WRITE_F32,
  rowStride,
  type Kernel,
  type Pass,
  type TwinArrays,
  type WorkgroupCount,
} from "../../src/gpu/kernel.ts";
import blocked from "./blocked.wgsl?raw";
import cooperative from "./cooperative.wgsl?raw";
import octet from "./octet.wgsl?raw";
import quad from "./quad.wgsl?raw";
import strip from "./strip.wgsl?raw";
import thread from "./thread.wgsl?raw";

const bindings = {
  hidden: READ_F32,
  normWeight: READ_F32,
  weights: READ_F32,
  activated: WRITE_F32,
} as const;

interface NormGateUpSizes extends Readonly<Record<string, number>> {
  /** D, the width of the residual stream. */
  readonly width: number;
  /** F, the feed-forward width. `weights` holds F gate rows and then F up rows. */
  readonly hiddenWidth: number;
  readonly epsilon: number;
}

type NormGateUpKernel = Kernel<NormGateUpSizes, typeof bindings>;

function normGateUpCost({ width, hiddenWidth }: NormGateUpSizes, { numRows }: Pass): Cost {
  // The norm takes 4 FLOPs an element; SwiGLU an exponential, an addition, a division and a product.
  const normFlops = 4 * numRows * width;
  const projectionFlops = 2 * numRows * width * 2 * hiddenWidth;
  const swigluFlops = 4 * numRows * hiddenWidth;
  return {
    flops: flops(normFlops + projectionFlops + swigluFlops),
    bytesRead: bytes(4 * (numRows * width + width + 2 * hiddenWidth * width)),
    bytesWritten: bytes(4 * numRows * hiddenWidth),
  };
}

function normGateUpTwin(
  { hidden, normWeight, weights, activated }: TwinArrays<typeof bindings>,
  { width, hiddenWidth, epsilon }: NormGateUpSizes,
  { numRows }: Pass,
): void {
  const stride = rowStride(width);
  const normed = new Float64Array(width);
  for (let row = 0; row < numRows; row++) {
    normalise(hidden.subarray(row * stride, row * stride + width), normWeight, epsilon, normed);
    for (let feature = 0; feature < hiddenWidth; feature++) {
      const gateStart = feature * stride;
      const upStart = (hiddenWidth + feature) * stride;
      let gate = 0;
      let up = 0;
      for (let i = 0; i < width; i++) {
        gate += (normed[i] ?? 0) * (weights[gateStart + i] ?? 0);
        up += (normed[i] ?? 0) * (weights[upStart + i] ?? 0);
      }
      activated[row * rowStride(hiddenWidth) + feature] = (gate / (1 + Math.exp(-gate))) * up;
    }
  }
}

/** Writes x / sqrt(mean(x²) + epsilon) · weight into `normed`. */
function normalise(x: Float32Array, weight: Float32Array, epsilon: number, normed: Float64Array) {
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i] ?? 0) ** 2;
  const scale = 1 / Math.sqrt(squares / x.length + epsilon);
  for (let i = 0; i < x.length; i++) normed[i] = (x[i] ?? 0) * scale * (weight[i] ?? 0);
}

const shared = {
  bindings,
  cost: normGateUpCost,
  twin: normGateUpTwin,
  constants: ({ width, hiddenWidth, epsilon }: NormGateUpSizes) => ({
    WIDTH: width,
    WIDTH_STRIDE: rowStride(width),
    HIDDEN_WIDTH: hiddenWidth,
    HIDDEN_STRIDE: rowStride(hiddenWidth),
    EPSILON: epsilon,
  }),
};

/** Workgroups that each make `numFeatures` features of `numRowsEach` rows. */
function tiles(numFeatures: number, numRowsEach: number): NormGateUpKernel["workgroups"] {
  return ({ hiddenWidth }, { numRows }): WorkgroupCount => [
    Math.ceil(hiddenWidth / numFeatures),
    Math.ceil(numRows / numRowsEach),
    1,
  ];
}

/** One thread per feature of up to four rows; each sums the row's squares for itself. */
export const normGateUpThread: NormGateUpKernel = {
  id: "norm-gate-up/thread",
  source: thread,
  ...shared,
  workgroups: tiles(64, 4),
};

/** One thread per two features of four rows, held in registers, without shared memory. */
export const normGateUpQuad: NormGateUpKernel = {
  id: "norm-gate-up/quad",
  source: quad,
  ...shared,
  workgroups: tiles(32, 16),
};

/** One workgroup per two features of up to four rows: its lanes read the weights side by side. */
export const normGateUpCooperative: NormGateUpKernel = {
  id: "norm-gate-up/cooperative",
  source: cooperative,
  ...shared,
  workgroups: tiles(2, 4),
};

/** One workgroup per 32 features of 64 rows, operands shared through workgroup memory. */
export const normGateUpBlocked: NormGateUpKernel = {
  id: "norm-gate-up/blocked",
  source: blocked,
  ...shared,
  workgroups: tiles(32, 64),
};

/** One thread per four features of eight rows, held in registers, without shared memory. */
export const normGateUpOctet: NormGateUpKernel = {
  id: "norm-gate-up/octet",
  source: octet,
  ...shared,
  workgroups: tiles(64, 32),
};

/** One thread per four features of up to two rows: the rows are read and normed once for the four. */
export const normGateUpStrip: NormGateUpKernel = {
  id: "norm-gate-up/strip",
  source: strip,
  ...shared,
  workgroups: tiles(256, 2),
};

export const NORM_GATE_UP_VARIANTS: readonly NormGateUpKernel[] = [
  normGateUpThread,
  normGateUpQuad,
  normGateUpCooperative,
  normGateUpBlocked,
  normGateUpOctet,
  normGateUpStrip,
];
