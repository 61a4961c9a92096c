// What the reader may change: how long the simulated server is under load, and which requests come.
export const parameters = {
  requests: {
    kind: "number",
    label: "Requests",
    min: 500,
    max: 5000,
    step: 500,
    default: 2000,
  },
  trace: { kind: "number", label: "Drawn by seed", min: 1, max: 99, step: 1, default: 1 },
} as const;
