import { expect, test } from "vitest";
import { encodeModel, varint } from "./onnx-file.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("a varint has seven bits a byte, lowest first", () => {
  // 300 = 2·128 + 44: 44 with the top bit set is 172, then 2.
  expect([...varint(300)]).toEqual([172, 2]);
  expect([...varint(0)]).toEqual([0]);
  // 2³⁵ = 128⁵: five zero digits and a one.
  expect([...varint(2 ** 35)]).toEqual([128, 128, 128, 128, 128, 1]);
});

test("a model of one Relu is these bytes", () => {
  // Node: input "x", output "y", name "y", operator "Relu": 3 + 3 + 3 + 6 = 15 bytes.
  const node = "0a0178 120179 1a0179 220452656c75";
  // Graph: the node (0a, 15), then the name "graph": 17 + 7 = 24 bytes.
  const graph = `0a0f ${node} 12056772617068`;
  // Model: ir version 8; the graph (3a, 24); operators of version 17; those of "com.microsoft", version 1.
  const model = `0808 3a18 ${graph} 42021011 42110a0d636f6d2e6d6963726f736f66741001`;
  const nodes = [{ type: "Relu", inputs: ["x"], outputs: ["y"] }];
  expect(hex(encodeModel({ nodes, weights: [], inputs: [], outputs: [] }))).toBe(
    model.replaceAll(" ", ""),
  );
});

test("weights carry their shape, their type and raw little-endian numbers", () => {
  const weights = [
    { name: "w", element: "float32" as const, dims: [2, 1], data: Float32Array.of(1, -2) },
  ];
  const model = hex(encodeModel({ nodes: [], weights, inputs: [], outputs: [] }));
  // dims 2 and 1, type 1 (float), name "w", 8 bytes of 1.0 = 3f800000 and −2.0 = c0000000.
  expect(model).toContain("0802080110014201774a080000803f000000c0");
});
