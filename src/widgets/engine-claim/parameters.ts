// The logs are what they are: there is nothing to set.
export const parameters = {} as const;
