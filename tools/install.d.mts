/** npm's arguments. */
export const INSTALL: string[];
