import { describe, expect, test } from "vitest";
import { VLLM_V1_PRIORITY } from "../../core/scheduling/policies.ts";
import { fromOne, orNothing, positive, refuseEntry, whole } from "./entries.ts";
import { DRAWN, NOBODY, parameters, type SimulatorValues } from "./parameters.ts";
import { ask } from "./scene.ts";

test("an entry is refused with a sentence that says the label and what is allowed", () => {
  expect(refuseEntry("How many", whole(1, 1000), "many")).toBe(
    '"How many" must be a whole number from 1 to 1000; got "many".',
  );
  expect(refuseEntry("How many", whole(1, 1000), "12")).toBeUndefined();
  expect(refuseEntry("Rate", positive(10), "0")).toMatch(/above 0/);
  expect(refuseEntry("Mean", fromOne(10), "0.5")).toMatch(/from 1 to 10/);
  expect(refuseEntry("Blocks", orNothing(whole(1, 9)), " ")).toBeUndefined();
});

const TEXTS = ["", " ", "0", "-1", "0.5", "1.5", "many", "1e9", "1e99", "Infinity", "NaN", "0x10"];

/** Drawn requests and priorities, so that every field but the trace's counts. */
const ALL_COUNT = { requests: DRAWN, policy: VLLM_V1_PRIORITY.id, against: NOBODY } as const;

function withEntry(name: string, text: string): SimulatorValues {
  const defaults = Object.fromEntries(
    Object.entries(parameters).map(([key, { default: value }]) => [key, value]),
  );
  const forTrace = name === "rate-scale" ? { requests: parameters.requests.default } : {};
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are those of the parameters
  return { ...defaults, ...ALL_COUNT, ...forTrace, [name]: text } as SimulatorValues;
}

const ENTRIES = Object.entries(parameters).flatMap(([name, parameter]) =>
  "refuse" in parameter ? [{ name, refuse: parameter.refuse }] : [],
);

describe.each(ENTRIES)("$name", ({ name, refuse }) => {
  test.each(TEXTS)(
    "%j is refused by the field if and only if the scenario's reader names it",
    (text) => {
      const asked = ask(withEntry(name, text));
      const isNamed = !asked.ok && /^In ("\w+": (in )?)+"\w+" must /i.test(asked.problem);
      expect(refuse(text) !== undefined, asked.ok ? "runs" : asked.problem).toBe(isNamed);
    },
  );
});
