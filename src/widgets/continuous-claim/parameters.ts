// What the reader may change: the load of the drawn requests, and how fast the recorded ones are replayed.
export const parameters = {
  rate: {
    kind: "number",
    label: "Arrivals",
    unit: "/s",
    min: 0.25,
    max: 4,
    step: 0.25,
    default: 1,
  },
  spread: {
    kind: "number",
    label: "Spread of outputs (σ / mean)",
    min: 0,
    max: 2,
    step: 0.25,
    default: 1,
  },
  seats: {
    kind: "number",
    label: "Requests at once",
    min: 2,
    max: 64,
    step: 2,
    default: 16,
  },
  speed: {
    kind: "choice",
    label: "Speed of the replay",
    options: [
      { value: "0.1", label: "a tenth" },
      { value: "0.25", label: "a quarter" },
      { value: "0.5", label: "a half" },
      { value: "1", label: "as recorded" },
    ],
    default: "0.25",
  },
} as const;
