// One layer, so that the question has one answer; the ledger has the sliders.
export const parameters = {} as const;
