import { expect, test } from "vitest";
import { seconds } from "../units/units.ts";
import { RESERVE_MAX, RESERVE_ORACLE, ReservingScheduler, type Reservation } from "./reserving.ts";
import { ONE_TOKEN_EACH } from "./scheduler.ts";

function createScheduler(reservation: Reservation, joins: ReservingScheduler["config"]["joins"]) {
  return new ReservingScheduler({
    reservation,
    joins,
    blockSize: 16,
    numBlocks: 4,
    maxNumSeqs: 8,
    maxNumBatchedTokens: 64,
    maxModelLen: 32,
  });
}

const request = (id: string, numPromptTokens: number, numOutputTokens: number) => ({
  id,
  numPromptTokens,
  maxTokens: numOutputTokens,
  numOutputTokens,
  arrival: seconds(0),
});

test("two requests of the longest length fill 64 slots, and the third waits", () => {
  const scheduler = createScheduler(RESERVE_MAX, "at any step");
  for (const id of ["a", "b", "c"]) scheduler.add(request(id, 5, 3));
  scheduler.schedule();
  expect(scheduler.holders().map(({ request: { id }, region }) => [id, region?.start])).toEqual([
    ["a", 0],
    ["b", 32],
  ]);
  expect(scheduler.freeRegions()).toEqual([]);
});

test("a region is a power of two: 12 tokens get 16 slots, and 48 are free in two pieces", () => {
  const scheduler = createScheduler(RESERVE_ORACLE, "at any step");
  scheduler.add(request("a", 8, 4));
  scheduler.schedule();
  const [holder] = scheduler.holders();
  expect([holder?.numReserved, holder?.region]).toEqual([12, { start: 0, size: 16 }]);
  expect(scheduler.freeRegions()).toEqual([
    { start: 16, size: 16 },
    { start: 32, size: 32 },
  ]);
});

test("in a static batch a request that has ended still holds its region", () => {
  const scheduler = createScheduler(RESERVE_MAX, "when the batch is done");
  scheduler.add(request("short", 5, 1));
  scheduler.add(request("long", 5, 2));
  scheduler.complete(scheduler.schedule(), ONE_TOKEN_EACH);
  expect(scheduler.holders().map(({ hasEnded }) => hasEnded)).toEqual([true, false]);
  scheduler.complete(scheduler.schedule(), ONE_TOKEN_EACH);
  expect(scheduler.holders()).toEqual([]);
});
