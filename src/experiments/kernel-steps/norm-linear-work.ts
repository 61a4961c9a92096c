// A norm and the linear layer after it.
import {
  EPSILON,
  count,
  normStage,
  type Formula,
  type StageWork,
  type Work,
} from "./family-work.ts";

export function normLinear(numRows: number, width: number, outputWidth: number): Work {
  return {
    shape: `${count(numRows)} rows, ${count(width)} → ${count(outputWidth)}, f32`,
    numRows,
    lengths: {
      hidden: numRows * width,
      normWeight: width,
      weight: width,
      weights: outputWidth * width,
      normed: numRows * width,
      output: numRows * outputWidth,
    },
    letters: {
      R: { meaning: "rows", value: numRows },
      D: { meaning: "width of the model", value: width },
      O: { meaning: "outputs of each row", value: outputWidth },
    },
    stage: (kernel) => stageOf(kernel, width, outputWidth),
  };
}

function stageOf(kernel: string, width: number, outputWidth: number): StageWork {
  if (kernel.startsWith("rms-norm/")) return normStage(width);
  const products: Formula = [[2, "R", "D", "O"]];
  const rowsAndWeights: Formula = [
    [4, "R", "D"],
    [4, "D", "O"],
  ];
  const written: Formula = [[4, "R", "O"]];
  if (kernel.startsWith("linear/")) {
    return {
      sizes: { inputWidth: width, outputWidth, firstWeightRow: 0 },
      arrays: { input: "normed" },
      flops: products,
      read: rowsAndWeights,
      written,
    };
  }
  return {
    sizes: { width, outputWidth, epsilon: EPSILON },
    flops: [[4, "R", "D"], ...products],
    read: [...rowsAndWeights, [4, "D"]],
    written,
  };
}
