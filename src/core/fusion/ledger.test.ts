import { assert, constantFrom, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { linearReluLedger, normResidualLedger, swigluLedger } from "./ledger.ts";

test("fusing a ReLU into a linear layer of one row saves 16,384 of 8,415,232 bytes", () => {
  const ledger = linearReluLedger({ inputs: 1024, outputs: 4096, batch: 1, bytesPerElement: 2 });
  expect(ledger.unfusedBytes).toBe(8_415_232);
  expect(ledger.fusedBytes).toBe(8_398_848);
  expect((100 * ledger.savingFraction).toFixed(2)).toBe("0.19");
});

test("fusing a ReLU into a linear layer of 512 rows saves 38.1 % of its bytes", () => {
  const ledger = linearReluLedger({ inputs: 1024, outputs: 4096, batch: 512, bytesPerElement: 2 });
  expect(ledger.unfusedBytes).toBe(22_020_096);
  expect(ledger.fusedBytes).toBe(13_631_488);
  expect((100 * ledger.savingFraction).toFixed(1)).toBe("38.1");
});

test("a fused SwiGLU reads its input once and moves no intermediate", () => {
  // B = 3, D = 5, F = 7, 2 bytes. Unfused: (15 + 35 + 21) + (15 + 35 + 21) + 42 + 63 = 247 elements.
  // Fused: 15 + 35 + 35 + 21 = 106.
  const ledger = swigluLedger({ width: 5, hiddenWidth: 7, batch: 3, bytesPerElement: 2 });
  expect(ledger.unfusedBytes).toBe(494);
  expect(ledger.fusedBytes).toBe(212);
  expect(ledger.fused).toHaveLength(1);
});

test("a fused residual and norm save one of five passes over the rows", () => {
  // B = 3, D = 5, 2 bytes: 5·15 + 5 = 80 elements against 4·15 + 5 = 65.
  const ledger = normResidualLedger({ width: 5, batch: 3, bytesPerElement: 2 });
  expect(ledger.unfusedBytes).toBe(160);
  expect(ledger.fusedBytes).toBe(130);
});

test("fusion never adds a byte, and each step's bytes are those of its arrays", () => {
  const size = integer({ min: 1, max: 1_000_000 });
  assert(
    property(size, size, size, constantFrom(1, 2, 4), (a, b, batch, bytesPerElement) => {
      const ledgers = [
        linearReluLedger({ inputs: a, outputs: b, batch, bytesPerElement }),
        swigluLedger({ width: a, hiddenWidth: b, batch, bytesPerElement }),
        normResidualLedger({ width: a, batch, bytesPerElement }),
      ];
      for (const ledger of ledgers) {
        expect(ledger.fusedBytes).toBeLessThan(ledger.unfusedBytes);
        expect(ledger.savingFraction).toBeGreaterThan(0);
        for (const step of [...ledger.unfused, ...ledger.fused]) {
          expect(step.bytesRead).toBe(step.reads.reduce((sum, array) => sum + array.bytes, 0));
          expect(step.bytesWritten).toBe(step.writes.reduce((sum, array) => sum + array.bytes, 0));
        }
      }
    }),
  );
});

test("sizes that no layer has are refused with a sentence", () => {
  const sizes = { inputs: 1024, outputs: 4096, batch: 1, bytesPerElement: 2 };
  expect(() => linearReluLedger({ ...sizes, batch: 0 })).toThrow(/batch must be a whole number/);
  expect(() => linearReluLedger({ ...sizes, inputs: 1.5 })).toThrow(RangeError);
  expect(() => linearReluLedger({ ...sizes, bytesPerElement: Number.NaN })).toThrow(RangeError);
  expect(() => normResidualLedger({ width: -1, batch: 1, bytesPerElement: 2 })).toThrow(RangeError);
});
