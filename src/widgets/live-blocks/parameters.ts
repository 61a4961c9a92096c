// How many tokens each request gets between two pictures.

export const parameters = {
  stride: {
    kind: "choice",
    label: "Tokens a step",
    options: [
      { value: "1", label: "1" },
      { value: "4", label: "4" },
      { value: "16", label: "16" },
    ],
    default: "4",
  },
} as const;
