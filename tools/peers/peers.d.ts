// What the benchmark uses of its peers, in their own names. The packages are installed only where the benchmark
// runs (tools/peers/package.json), so the rest of the project is type-checked without them.

declare module "@tensorflow/tfjs-core" {
  export interface Tensor {
    data(): Promise<Float32Array>;
    dispose(): void;
  }
  export interface Backend {
    readonly device: GPUDevice;
    ensureCommandEncoderReady(): void;
    endComputePassEncoder(): void;
    submitQueue(): void;
  }
  export function setBackend(name: string): Promise<boolean>;
  export function ready(): Promise<void>;
  export function backend(): Backend;
  export function tensor2d(data: Float32Array, shape: [number, number]): Tensor;
  export function matMul(left: Tensor, right: Tensor): Tensor;
}

declare module "@tensorflow/tfjs-backend-webgpu" {}

declare module "@jax-js/jax" {
  export interface Array {
    readonly ref: Array;
    readonly shape: number[];
    add(other: Array | number): Array;
    sub(other: Array): Array;
    mul(other: Array | number): Array;
    div(other: Array): Array;
    reshape(shape: number[]): Array;
    data(): Promise<Float32Array>;
    dispose(): void;
  }
  export type Tree = Array | Tree[] | { [name: string]: Tree };
  export const numpy: {
    array(data: Float32Array | Int32Array, options: { shape: number[]; dtype?: string }): Array;
    matmul(left: Array, right: Array): Array;
    take(table: Array, indices: Array, axis: number): Array;
    split(array: Array, numParts: number, axis: number): Array[];
    concatenate(arrays: Array[], axis: number): Array;
    matrixTranspose(array: Array): Array;
    mean(array: Array, axis: number, options: { keepdims: boolean }): Array;
    square(array: Array): Array;
    sqrt(array: Array): Array;
    argmax(array: Array, axis: number): Array;
  };
  export const nn: { softmax(array: Array, axis: number): Array; silu(array: Array): Array };
  export const tree: { ref<T extends Tree>(tree: T): T; dispose(tree: Tree): void };
  export function init(device: string): Promise<string[]>;
  export function defaultDevice(device: string): string;
  export function jit<A extends Tree[], R extends Tree>(f: (...args: A) => R): (...args: A) => R;
  export function blockUntilReady<T extends Tree>(tree: T): Promise<T>;
}

declare module "onnxruntime-web/webgpu" {
  export class Tensor {
    constructor(type: string, data: Float32Array | Int32Array | BigInt64Array, dims: number[]);
    static fromGpuBuffer(
      buffer: GPUBuffer,
      options: { dataType: string; dims: readonly number[] },
    ): Tensor;
    getData(): Promise<Float32Array>;
    dispose(): void;
  }
  export class InferenceSession {
    static create(model: Uint8Array, options: object): Promise<InferenceSession>;
    run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
    release(): Promise<void>;
  }
  export const env: {
    logLevel: string;
    wasm: { numThreads: number; wasmPaths: string | undefined };
    webgpu: { readonly device: Promise<GPUDevice>; powerPreference: string };
  };
}
