// The requests that the live engine serves here: openings of four lengths, so that their blocks differ from the start.

/** Letters name the requests, and colour them. */
export const PROMPTS: readonly { readonly name: string; readonly text: string }[] = [
  { name: "A", text: "Once upon a time" },
  { name: "B", text: "Lily found a small red ball in the garden." },
  {
    name: "C",
    text: "Tom and his dog went to the park. It was a sunny day and they wanted to play.",
  },
  {
    name: "D",
    text: "One day, a little bird sat in a big tree. She was sad because she could not find her mom. A kind boy saw her and said,",
  },
];

/** Tokens that each request may add to its prompt. */
export const NUM_NEW_TOKENS = 48;

/** The pool that such a run gets, for the picture before there is a run; a test holds it against the engine's own. */
export const EMPTY_POOL = { blockSize: 16, numBlocks: 32 } as const;
