// The measurement is what it is: nothing to set.
export const parameters = {} as const;
