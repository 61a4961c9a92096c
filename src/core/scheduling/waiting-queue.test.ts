// The two waiting orders against plain sorted lists, on random programs.
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { FCFS, PRIORITY, type Queued, type QueueOrder } from "./waiting-queue.ts";

vi.setConfig({ testTimeout: 60_000 });

const item = (id: string, priority: number, arrival: number): Queued => ({
  request: { id, priority, arrival },
});

function before(a: Queued, b: Queued): number {
  const [x, y] = [a.request, b.request];
  const byKey = (x.priority ?? 0) - (y.priority ?? 0) || x.arrival - y.arrival;
  return byKey || (x.id < y.id ? -1 : 1);
}

/** Where an order puts what is added, and what is put back. */
const MODELS: Readonly<
  Record<QueueOrder["id"], (list: Queued[], one: Queued, isBack: boolean) => Queued[]>
> = {
  fcfs: (list, one, isBack) => (isBack ? [one, ...list] : [...list, one]),
  priority: (list, one) => [...list, one].toSorted(before),
};

test.each([FCFS, PRIORITY].map((order) => [order.id, order] as const))(
  "%s keeps its order whatever is added, taken, put back and removed",
  (id, order) => {
    const ops = fc.array(fc.tuple(fc.nat(3), fc.nat(2), fc.nat(3)), { maxLength: 200 });
    fc.assert(
      fc.property(ops, (program) => {
        const queue = order.createQueue<Queued>();
        let list: Queued[] = [];
        let taken: Queued | undefined;
        for (const [index, [op, priority, arrival]] of program.entries()) {
          const chosen = list[(priority * 7 + arrival) % Math.max(1, list.length)];
          if (op === 0) {
            const fresh = item(`r${index}`, priority, arrival);
            queue.add(fresh);
            list = MODELS[id](list, fresh, false);
          } else if (op === 1) {
            taken = queue.take();
            if (taken !== list.shift()) throw new Error("Another than the first was taken.");
          } else if (op === 2 && taken) {
            queue.putBack(taken);
            list = MODELS[id](list, taken, true);
            taken = undefined;
          } else if (op === 3 && chosen) {
            if (!queue.remove(chosen)) throw new Error("What waits was not found.");
            list = list.filter((other) => other !== chosen);
          }
          if (queue.peek() !== list[0] || queue.size !== list.length) {
            throw new Error("The queue and the list differ.");
          }
        }
        const ids = queue.toArray().map(({ request }) => request.id);
        expect(ids).toEqual(list.map(({ request }) => request.id));
      }),
      { numRuns: 1000 },
    );
  },
);

describe("who gives way", () => {
  const running = [item("a", 1, 2), item("b", 2, 1), item("c", 2, 3), item("d", 0, 4)];

  test("first come, first served: the last admitted", () => {
    expect(FCFS.victimIndex(running)).toBe(3);
  });

  test("by priority: the greatest number, and of these the last to arrive, wherever it runs", () => {
    expect(PRIORITY.victimIndex(running)).toBe(2);
  });
});
