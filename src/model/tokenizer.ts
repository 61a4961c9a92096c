// Text to token ids and back, by Hugging Face's own tokenizer library.
import { Tokenizer } from "@huggingface/tokenizers";
import { EngineError } from "./engine.ts";
import type { ModelFolder } from "./folder.ts";
import { shorten } from "./safetensors.ts";

export interface TextCodec {
  encode(text: string): number[];
  decode(tokens: readonly number[]): string;
}

/** The tokenizer of a folder; undefined where it has none. @throws EngineError if it is malformed. */
export async function openTokenizer(folder: ModelFolder): Promise<TextCodec | undefined> {
  const file = await folder.find("tokenizer.json");
  if (!file) return undefined;
  const config = await folder.find("tokenizer_config.json");
  return createCodec(await file.text(), config ? await config.text() : "{}");
}

/**
 * A tokenizer out of the texts of its files. The library believes what it reads, so a malformed file may be found out
 * only when it is used.
 *
 * @throws EngineError ("bad-model") if it is malformed; so do the codec's methods.
 */
export function createCodec(text: string, configText: string): TextCodec {
  const tokenizer = guard(() => new Tokenizer(parseObject(text), parseObject(configText)));
  return {
    encode: (words) => guard(() => checkIds(tokenizer.encode(words).ids)),
    decode: (tokens) => guard(() => tokenizer.decode([...tokens], { skip_special_tokens: true })),
  };
}

function guard<Result>(task: () => Result): Result {
  try {
    return task();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new EngineError(
      "bad-model",
      `tokenizer.json is not one that this engine can use (${shorten(detail)}). ` +
        "It should be the file that Hugging Face saves with a model.",
    );
  }
}

function checkIds(ids: readonly unknown[]): number[] {
  return ids.map((id) => {
    if (typeof id === "number" && Number.isInteger(id) && id >= 0) return id;
    throw new TypeError("a token has no id");
  });
}

function parseObject(text: string): object {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null) return value;
  throw new SyntaxError("it is not a JSON object");
}
