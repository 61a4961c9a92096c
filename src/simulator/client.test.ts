import { expect, test, vi } from "vitest";
import { parseScenario } from "../core/simulation/scenario.ts";
import { createSimulation } from "../core/simulation/scenario-simulation.ts";
import { SimulatorClient, type HostEvents } from "./client.ts";
import type { CallMessage, SimulationResult } from "./messages.ts";

const LINGER_MS = 50;

const RESULT: SimulationResult = {
  name: "two tokens",
  csv: "",
  report: createSimulation(
    parseScenario({
      schema: "memory-bound/scenario",
      version: 1,
      model: "llama-3.1-8b",
      gpu: "h100-sxm",
      stepTimes: { kind: "linear", stepMs: 10 },
      requests: { kind: "rows", rows: [[0, 8, 2]] },
    }),
  ).finish(),
};

/** A client whose hosts only note what they are told. */
function createHarness() {
  const hosts: { events: HostEvents; told: CallMessage[]; isEnded: boolean }[] = [];
  const client = new SimulatorClient({
    tracesUrl: () => "https://example.org/traces/",
    lingerMs: LINGER_MS,
    openHost: (events) => {
      const told: CallMessage[] = [];
      const host = { events, told, isEnded: false };
      hosts.push(host);
      return {
        post: (message) => host.told.push(message),
        end: () => {
          host.isEnded = true;
        },
      };
    },
  });
  return { client, hosts };
}

test("two runs share one host and each gets its own answer", async () => {
  const { client, hosts } = createHarness();
  const first = client.simulate("{}", {});
  const second = client.simulate("[]", { withRequests: true });
  expect(hosts).toHaveLength(1);
  const { events, told } = hosts[0]!;
  expect(told).toEqual([
    {
      kind: "run",
      id: 1,
      scenario: "{}",
      tracesUrl: "https://example.org/traces/",
      withRequests: false,
    },
    {
      kind: "run",
      id: 2,
      scenario: "[]",
      tracesUrl: "https://example.org/traces/",
      withRequests: true,
    },
  ]);
  events.onReply({ kind: "failure", id: 2, message: "A sentence." });
  events.onReply({ kind: "result", id: 1, result: RESULT });
  expect(await first).toBe(RESULT);
  await expect(second).rejects.toThrow("A sentence.");
});

test("progress reaches the run that it is of", () => {
  const { client, hosts } = createHarness();
  const onProgress = vi.fn<(fraction: number, stage: string) => void>();
  void client.simulate("{}", { onProgress });
  void client.simulate("{}", {});
  hosts[0]!.events.onReply({ kind: "progress", id: 2, fraction: 0.25, stage: "other" });
  hosts[0]!.events.onReply({ kind: "progress", id: 1, fraction: 0.5, stage: "simulating" });
  expect(onProgress.mock.calls).toEqual([[0.5, "simulating"]]);
});

test("who stops hears the reason at once, and the host is told", async () => {
  const { client, hosts } = createHarness();
  const controller = new AbortController();
  const run = client.simulate("{}", { signal: controller.signal });
  controller.abort(new Error("Enough."));
  await expect(run).rejects.toThrow("Enough.");
  expect(hosts[0]!.told.at(-1)).toEqual({ kind: "cancel", id: 1 });
  // A late answer finds nobody.
  hosts[0]!.events.onReply({ kind: "result", id: 1, result: RESULT });
});

test("a run that was stopped before it began opens no host", async () => {
  const { client, hosts } = createHarness();
  await expect(client.simulate("{}", { signal: AbortSignal.abort("no") })).rejects.toBe("no");
  expect(hosts).toHaveLength(0);
});

test("a host that dies fails every run with its sentence, and the next run gets a new one", async () => {
  const { client, hosts } = createHarness();
  const runs = [client.simulate("{}", {}), client.simulate("{}", {})];
  hosts[0]!.events.onDeath("The simulator stopped: out of memory.");
  for (const run of runs) await expect(run).rejects.toThrow("out of memory.");
  expect(hosts[0]!.isEnded).toBe(true);
  const next = client.simulate("{}", {});
  expect(hosts).toHaveLength(2);
  hosts[1]!.events.onReply({ kind: "result", id: 3, result: RESULT });
  expect(await next).toBe(RESULT);
});

test("an idle host is ended, but not while somebody waits", async () => {
  vi.useFakeTimers();
  try {
    const { client, hosts } = createHarness();
    const first = client.simulate("{}", {});
    hosts[0]!.events.onReply({ kind: "result", id: 1, result: RESULT });
    await first;
    vi.advanceTimersByTime(LINGER_MS / 2);
    const second = client.simulate("{}", {});
    vi.advanceTimersByTime(LINGER_MS * 4);
    expect(hosts.map(({ isEnded }) => isEnded)).toEqual([false]);
    hosts[0]!.events.onReply({ kind: "result", id: 2, result: RESULT });
    await second;
    vi.advanceTimersByTime(LINGER_MS);
    expect(hosts.map(({ isEnded }) => isEnded)).toEqual([true]);
  } finally {
    vi.useRealTimers();
  }
});
