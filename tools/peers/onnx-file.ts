// Writes an ONNX file: the few messages of its protobuf schema that a graph with weights needs.
// Field numbers are those of onnx.proto3 (github.com/onnx/onnx, onnx/onnx.proto3).

type Bytes = Uint8Array<ArrayBuffer>;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const text = new TextEncoder();

/** Seven bits a byte, lowest first; all but the last have the top bit set. Whole numbers from 0 to 2⁵³. */
export function varint(value: number): Bytes {
  const digits: number[] = [];
  let rest = value;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    digits.push(rest > 0 ? digit + 128 : digit);
  } while (rest > 0);
  return Uint8Array.from(digits);
}

export function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const key = (field: number, wireType: number) => varint(field * 8 + wireType);

const integer = (field: number, value: number) => joined([key(field, VARINT), varint(value)]);

function bytesField(field: number, content: Bytes): Bytes {
  return joined([key(field, LENGTH_DELIMITED), varint(content.length), content]);
}

const string = (field: number, value: string) => bytesField(field, text.encode(value));

function float(field: number, value: number): Bytes {
  return joined([key(field, FIXED_32), new Uint8Array(Float32Array.of(value).buffer)]);
}

/** TensorProto.DataType */
const ELEMENTS = { float32: 1, int32: 6, int64: 7 } as const;
export type Element = keyof typeof ELEMENTS;

/** AttributeProto.AttributeType */
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;

export interface Attributes {
  readonly floats?: Readonly<Record<string, number>>;
  readonly integers?: Readonly<Record<string, number>>;
}

export interface OnnxNode extends Attributes {
  readonly type: string;
  /** Absent: ONNX's own operators. */
  readonly domain?: string;
  /** An input that the operator may do without is an empty string. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface OnnxValue {
  readonly name: string;
  readonly element: Element;
  /** A name stands for a size that is known only when the graph runs. */
  readonly dims: readonly (number | string)[];
}

export interface OnnxWeights extends OnnxValue {
  readonly dims: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly weights: readonly OnnxWeights[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** ONNX's operators as of version 17, which SimplifiedLayerNormalization's neighbours need; ir version 8. */
const OPSET = 17;
const IR_VERSION = 8;
const MICROSOFT = "com.microsoft";

/** A ModelProto. */
export function encodeModel(graph: OnnxGraph): Bytes {
  return joined([
    integer(1, IR_VERSION),
    bytesField(7, encodeGraph(graph)),
    bytesField(8, integer(2, OPSET)),
    bytesField(8, joined([string(1, MICROSOFT), integer(2, 1)])),
  ]);
}

function encodeGraph({ nodes, weights, inputs, outputs }: OnnxGraph): Bytes {
  return joined([
    ...nodes.map((node) => bytesField(1, encodeNode(node))),
    string(2, "graph"),
    ...weights.map((tensor) => bytesField(5, encodeTensor(tensor))),
    ...inputs.map((value) => bytesField(11, encodeValue(value))),
    ...outputs.map((value) => bytesField(12, encodeValue(value))),
  ]);
}

function encodeNode({ type, domain, inputs, outputs, floats, integers }: OnnxNode): Bytes {
  const attributes = [
    ...Object.entries(floats ?? {}).map(([name, value]) =>
      joined([string(1, name), float(2, value), integer(20, ATTRIBUTE_FLOAT)]),
    ),
    ...Object.entries(integers ?? {}).map(([name, value]) =>
      joined([string(1, name), integer(3, value), integer(20, ATTRIBUTE_INT)]),
    ),
  ];
  return joined([
    ...inputs.map((name) => string(1, name)),
    ...outputs.map((name) => string(2, name)),
    string(3, outputs[0] ?? type),
    string(4, type),
    ...attributes.map((attribute) => bytesField(5, attribute)),
    ...(domain === undefined ? [] : [string(7, domain)]),
  ]);
}

function encodeTensor({ name, element, dims, data }: OnnxWeights): Bytes {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return joined([
    ...dims.map((size) => integer(1, size)),
    integer(2, ELEMENTS[element]),
    string(8, name),
    bytesField(9, raw),
  ]);
}

function encodeValue({ name, element, dims }: OnnxValue): Bytes {
  const shape = joined(
    dims.map((size) =>
      bytesField(1, typeof size === "number" ? integer(1, size) : string(2, size)),
    ),
  );
  const tensor = joined([integer(1, ELEMENTS[element]), bytesField(2, shape)]);
  return joined([string(1, name), bytesField(2, bytesField(1, tensor))]);
}
