import { expect, test } from "vitest";
import { changeCommand, findServeCommand } from "./serve-command.ts";

test("a line over several lines, with quotes, aliases and units, is one command", () => {
  const command = findServeCommand(
    `$ vllm serve 'my org/model' \\\n  -tp 4 --max_model_len=16k \\\n  --max-num-batched-tokens 8K --no-enable-prefix-caching\nINFO next line --max-num-seqs 3`,
  )!;
  expect(command.model).toBe("my org/model");
  expect(Object.fromEntries(command.flags)).toEqual({
    "tensor-parallel-size": 4,
    "max-model-len": 16_000,
    "max-num-batched-tokens": 8192,
    "enable-prefix-caching": false,
  });
  expect(command.notes).toEqual([]);
});

test("the old entry point names its model with a flag", () => {
  const command = findServeCommand(
    "python -m vllm.entrypoints.openai.api_server --model facebook/opt-13b --max-num-seqs 8",
  )!;
  expect(command.model).toBe("facebook/opt-13b");
  expect(command.flags.get("max-num-seqs")).toBe(8);
});

test("a text without such a line has no command", () => {
  expect(findServeCommand("we serve vllm here; see vllm server docs")).toBeUndefined();
});

test("a changed flag replaces the old one, whatever its spelling, and the rest stays", () => {
  const { words } = findServeCommand(
    "vllm serve m --max_num_seqs=16 --frobnicate x --no-enable-prefix-caching --port 8000",
  )!;
  expect(changeCommand(words, [{ flag: "max-num-seqs", value: 64 }])).toBe(
    "vllm serve m --frobnicate x --no-enable-prefix-caching --port 8000 --max-num-seqs 64",
  );
  expect(changeCommand(words, [{ flag: "enable-prefix-caching", value: true }])).toBe(
    "vllm serve m --max_num_seqs=16 --frobnicate x --port 8000 --enable-prefix-caching",
  );
  expect(changeCommand(words, [{ flag: "max-num-seqs", value: undefined }])).toBe(
    "vllm serve m --frobnicate x --no-enable-prefix-caching --port 8000",
  );
});

test("what a shell would read as its own is quoted again", () => {
  const { words } = findServeCommand(`vllm serve m --served-model-name 'a; rm -rf $HOME'`)!;
  expect(changeCommand(words, [])).toBe("vllm serve m --served-model-name 'a; rm -rf $HOME'");
});

test("a pipe, a redirection, another command, a comment or a closing backtick ends the line", () => {
  const lines = [
    "nohup python -m vllm.entrypoints.openai.api_server --model m --port 8000 > log.txt 2>&1 &",
    "vllm serve --model m --port 8000 2>&1 | tee log.txt",
    "vllm serve --model m --port 8000; echo done",
    "vllm serve --model m --port 8000 # the old one",
    "I ran `vllm serve --model m --port 8000` and it stopped",
  ];
  for (const line of lines) {
    const { words, model } = findServeCommand(line)!;
    expect(words).toEqual(["vllm", "serve", "--model", "m", "--port", "8000"]);
    expect(model).toBe("m");
  }
});

test("a short flag may be joined to its value, and none of them is the model", () => {
  const { flags, model } = findServeCommand("vllm serve -O3 -tp=4 -q fp8 m")!;
  expect(Object.fromEntries(flags)).toEqual({ "tensor-parallel-size": 4, quantization: "fp8" });
  expect(model).toBe("m");
});

test("a switch with its own value leaves the next word alone", () => {
  const { flags } = findServeCommand(
    "vllm serve m --enable-prefix-caching=false --max-model-len 8192",
  )!;
  expect(Object.fromEntries(flags)).toEqual({
    "enable-prefix-caching": false,
    "max-model-len": 8192,
  });
});

function read(flags: string) {
  return findServeCommand(`vllm serve m ${flags}`)!;
}

test("the newer flags are known, and a watermark is a share that may be 0", () => {
  const { flags, notes } = read("--watermark 0.01 --prefix-match-unit token");
  expect([...flags]).toEqual([
    ["watermark", 0.01],
    ["prefix-match-unit", "token"],
  ]);
  expect(notes).toEqual([]);
  expect(read("--watermark 0").flags.get("watermark")).toBe(0);
  expect(read("--watermark 2").notes).toEqual(['--watermark is from 0 to 1; got "2".']);
});
