import { expect, test } from "vitest";
import { findGpu } from "../catalog/gpus/gpus.ts";
import { findModel } from "../catalog/models/models.ts";
import { defaultDeployment } from "./deployment.ts";
import { evaluate } from "./evaluate.ts";
import { evaluationToCsv, evaluationToJson, evaluationToMarkdown, figuresOf } from "./report.ts";

const DEPLOYMENT = defaultDeployment(findModel("llama-3.1-8b")!, findGpu("a100-80gb-sxm")!, {
  maxModelLen: 8192,
});
const WORKLOAD = { promptTokens: 1024, outputTokens: 256, concurrency: 64, pricePerGpuHour: 2 };
const ANSWER = evaluate(DEPLOYMENT, WORKLOAD);
const UNFIT = evaluate({ ...DEPLOYMENT, model: findModel("llama-3.1-405b")! }, WORKLOAD);

test("figures carry their units and formulas, and each has a name of its own", () => {
  const figures = figuresOf(ANSWER);
  expect(new Set(figures.map(({ id }) => id)).size).toBe(figures.length);
  for (const { value, unit, formula } of figures) {
    expect(Number.isFinite(value)).toBe(true);
    expect(unit).not.toBe("");
    expect(formula).not.toBe("");
  }
  const byId = new Map(figures.map(({ id, value }) => [id, value]));
  expect(byId.get("roofline.tpot")).toBe(ANSWER.roofline!.timePerOutputToken * 1000);
  expect(byId.get("kv.bytesPerToken")).toBe(131_072);
  expect(byId.has("fitted.cost")).toBe(true);
});

test("JSON holds the question, the verdict, all figures and the command", () => {
  const parsed = JSON.parse(evaluationToJson(ANSWER));
  expect(parsed.question).toMatchObject({ model: "Llama 3.1 8B", numGpus: 1, workload: WORKLOAD });
  expect(parsed.verdict).toEqual({ fits: true });
  expect(parsed.figures).toHaveLength(figuresOf(ANSWER).length);
  expect(parsed.command).toMatch(/^vllm serve /);
  expect(parsed.readingSpeedTokensPerSecond).toBeCloseTo(5.3, 1);
});

const QUESTION_ROWS = 11;

test("CSV has a header, the question and a row for each figure, with five cells each", () => {
  const lines = evaluationToCsv(ANSWER).trimEnd().split("\r\n");
  expect(lines[0]).toBe("id,name,value,unit,formula");
  expect(lines).toHaveLength(1 + QUESTION_ROWS + figuresOf(ANSWER).length);
  expect(lines[1]).toBe("question.model,Model,Llama 3.1 8B,,");
  for (const line of lines) {
    expect(line.replaceAll(/"(?:[^"]|"")*"/g, "cell").split(",")).toHaveLength(5);
  }
});

test("Markdown has a table row for each figure and keeps a model's name in its cell", () => {
  const text = evaluationToMarkdown(ANSWER);
  expect(text).toContain("## Llama 3.1 8B on 1 × NVIDIA A100 80GB SXM");
  expect(text).toContain("It fits.");
  expect(text.match(/^\| /gm)).toHaveLength(figuresOf(ANSWER).length + 2);
  const odd = { ...DEPLOYMENT, model: { ...DEPLOYMENT.model, name: "a | b\nc" } };
  expect(evaluationToMarkdown(evaluate(odd, WORKLOAD))).toContain("## a \\| b c on 1");
});

test("figures of what would fit say what was asked for, and why that does not", () => {
  const text = evaluationToMarkdown(ANSWER, UNFIT);
  expect(text).toMatch(
    /Asked for weights in bf16 on 1 × .*, which does not fit\. The weights take/,
  );
  const { asked, verdict } = JSON.parse(evaluationToJson(ANSWER, UNFIT));
  expect(asked.question.model).toBe("Llama 3.1 405B");
  expect(asked.verdict.fits).toBe(false);
  expect(verdict.fits).toBe(true);
  expect(JSON.parse(evaluationToJson(ANSWER))).not.toHaveProperty("asked");
  expect(evaluationToCsv(ANSWER, UNFIT)).toMatch(/\r\nasked,Asked for,"?Asked for weights in bf16/);
  expect(evaluationToCsv(ANSWER)).not.toContain("Asked for");
});

test("an answer without times says why, and what would help", () => {
  const text = evaluationToMarkdown(UNFIT);
  expect(text).toMatch(/It does not fit: The weights take/);
  expect(text).toMatch(/^- /m);
  expect(text).not.toMatch(/NaN|Infinity|undefined/);
  expect(JSON.parse(evaluationToJson(UNFIT)).verdict.remedies[0]).toHaveProperty("text");
});
