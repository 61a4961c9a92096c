// The pace at which a person reads, in tokens: text that arrives faster waits for the reader.

/** Silent reading of English non-fiction, words a minute. */
export const WORDS_PER_MINUTE = 238;
/** Tokens of an English word, as commonly counted for byte-pair tokenizers. */
export const TOKENS_PER_WORD = 1.33;

/** Meta-analysis of 190 studies. */
export const READING_SOURCE = {
  title: "Brysbaert 2019, How many words do we read per minute?",
  url: "https://doi.org/10.1016/j.jml.2019.104047",
};

/** `238 · 1.33 / 60`, about 5.3 tokens a second. */
export function readingSpeed(): number {
  return (WORDS_PER_MINUTE * TOKENS_PER_WORD) / 60;
}
