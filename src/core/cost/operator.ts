// One row of a pass: a kind of kernel, how often it is launched, and what all launches cost together.
import { bytes, flops, type Bytes } from "../units/units.ts";
import type { Cost } from "./cost.ts";
import { bytesOf, type Precision } from "./precision.ts";

export type OperatorKind = "lookup" | "matmul" | "attention" | "norm" | "elementwise";

/** Of a matrix product: m rows with k columns times k rows with n columns. */
export interface MatmulSize {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Bytes read and written together, by what they hold. */
export interface Traffic {
  readonly weights: Bytes;
  readonly kv: Bytes;
  readonly activations: Bytes;
}

export interface Operator {
  readonly id: string;
  readonly name: string;
  readonly kind: OperatorKind;
  /** Launches in the whole pass, such as one a layer. */
  readonly count: number;
  /** Of all launches together. */
  readonly cost: Cost;
  /** Of all launches together; adds up to the bytes of `cost`. */
  readonly traffic: Traffic;
  /** Of one launch; absent unless it is one product of two matrices. */
  readonly size?: MatmulSize;
  /** FLOPs of one launch on one GPU, in the letters of the shape key. */
  readonly formula: string;
}

/** One launch, in elements; what is absent is 0. */
export interface Launch {
  readonly id: string;
  readonly name: string;
  readonly kind: OperatorKind;
  readonly count: number;
  readonly flops?: number;
  readonly formula: string;
  readonly size?: MatmulSize;
  readonly weights?: number;
  readonly kvRead?: number;
  readonly kvWritten?: number;
  /** Activations. */
  readonly read?: number;
  readonly written?: number;
}

/** Elements into bytes, one launch into all. */
export function operatorOf(launch: Launch, precision: Precision): Operator {
  const { id, name, kind, count, formula, size } = launch;
  const weights = count * (launch.weights ?? 0) * bytesOf(precision.weights);
  const kv = count * bytesOf(precision.kv);
  const activations = count * bytesOf(precision.activations);
  const kvRead = kv * (launch.kvRead ?? 0);
  const kvWritten = kv * (launch.kvWritten ?? 0);
  const read = activations * (launch.read ?? 0);
  const written = activations * (launch.written ?? 0);
  return {
    id,
    name,
    kind,
    count,
    cost: {
      flops: flops(count * (launch.flops ?? 0)),
      bytesRead: bytes(weights + kvRead + read),
      bytesWritten: bytes(kvWritten + written),
    },
    traffic: {
      weights: bytes(weights),
      kv: bytes(kvRead + kvWritten),
      activations: bytes(read + written),
    },
    ...(size !== undefined && { size }),
    formula,
  };
}
