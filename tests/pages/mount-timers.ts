// Counts the timers and animation frames that are pending in the mount page. Imported first, so that whatever the
// views and their libraries ask for afterwards is counted.
const pending = new Set<string>();

function watch(
  kind: "timer" | "frame",
  { ask, cancels, isRepeating }: { ask: string; cancels: readonly string[]; isRepeating: boolean },
): void {
  const asked: (callback: TimerHandler, ...rest: unknown[]) => number = Reflect.get(
    globalThis,
    ask,
  ).bind(globalThis);
  Reflect.set(globalThis, ask, (callback: TimerHandler, ...rest: unknown[]) => {
    if (typeof callback !== "function") throw new TypeError(`${ask} takes a function here.`);
    const id = asked(
      (...args: unknown[]) => {
        if (!isRepeating) pending.delete(`${kind} ${id}`);
        callback(...args);
      },
      ...rest,
    );
    pending.add(`${kind} ${id}`);
    return id;
  });
  for (const name of cancels) {
    const cancel: (id?: number) => void = Reflect.get(globalThis, name).bind(globalThis);
    Reflect.set(globalThis, name, (id?: number) => {
      pending.delete(`${kind} ${id}`);
      cancel(id);
    });
  }
}

watch("timer", {
  ask: "setTimeout",
  cancels: ["clearTimeout", "clearInterval"],
  isRepeating: false,
});
watch("timer", { ask: "setInterval", cancels: [], isRepeating: true });
watch("frame", {
  ask: "requestAnimationFrame",
  cancels: ["cancelAnimationFrame"],
  isRepeating: false,
});

Reflect.set(globalThis, "numPendingTimers", () => pending.size);
