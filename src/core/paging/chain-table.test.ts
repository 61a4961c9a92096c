import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ChainTable } from "./chain-table.ts";

/** Near ids, as one request has; ids that collide in their lower 32 bits; the fresh ones, which are negative. */
const CHAIN = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 9 }).map((step) => step * 2 ** 32 + 7),
  fc.integer({ min: -40, max: -2 }),
);
const CALL = fc.record({ what: fc.constantFrom("set", "delete", "get"), chain: CHAIN });

const ascending = (one: number, other: number) => one - other;

test("it holds what a Map would hold, whatever is set and deleted", () => {
  fc.assert(
    fc.property(fc.array(CALL, { maxLength: 400 }), (calls) => {
      const [table, map] = [new ChainTable(), new Map<number, number>()];
      for (const [block, { what, chain }] of calls.entries()) {
        if (what === "set") {
          table.set(chain, block);
          map.set(chain, block);
        } else if (what === "delete") {
          table.delete(chain);
          map.delete(chain);
        }
        expect(table.get(chain)).toBe(map.get(chain));
        expect(table.size).toBe(map.size);
      }
      for (const [chain, block] of map) expect(table.get(chain)).toBe(block);
      expect(table.chains().toSorted(ascending)).toEqual([...map.keys()].toSorted(ascending));
    }),
    { numRuns: 1000 },
  );
});

test("it grows beyond its first capacity and forgets all of it", () => {
  const table = new ChainTable();
  for (let block = 0; block < 5000; block++) table.set(-2 - block, block);
  for (let block = 0; block < 5000; block += 2) table.delete(-2 - block);
  expect(table.size).toBe(2500);
  expect([table.get(-2 - 4998), table.get(-2 - 4999)]).toEqual([undefined, 4999]);
  table.clear();
  expect([table.size, table.get(-2 - 4999)]).toEqual([0, undefined]);
});
