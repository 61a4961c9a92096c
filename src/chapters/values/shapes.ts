// Values about tiles, waves and the sizes in a model.
import { tileCount, waveCount, waveEfficiency, type Tile } from "../../core/shapes/tiles.ts";
import { formatCount, formatNumber, formatSi } from "../../ui/format.ts";
import {
  countInput,
  gpuSource,
  type ValueArguments,
  type ValueDefinition,
  type ValueInput,
} from "./value.ts";

function readTile(args: ValueArguments): Tile {
  const [rows = NaN, columns = NaN] = (args.text("tile") ?? "").split("x").map(Number);
  if (!(rows > 0 && columns > 0)) throw new Error('needs a tile such as tile="256x128"');
  return [rows, columns];
}

interface Output {
  readonly m: number;
  readonly n: number;
  readonly tile: Tile;
}

function readOutput(args: ValueArguments): Output {
  return { m: args.number("m"), n: args.number("n"), tile: readTile(args) };
}

function outputInputs({ m, n, tile: [rows, columns] }: Output): ValueInput[] {
  return [
    countInput("m", "rows of the output", m),
    countInput("n", "columns of the output", n),
    countInput("r", "rows of a tile", rows),
    countInput("c", "columns of a tile", columns),
  ];
}

export const tilesValue: ValueDefinition = (args) => {
  const output = readOutput(args);
  const [rows, columns] = output.tile;
  const text = formatCount(tileCount(output));
  return {
    text,
    title: "Tiles of a product",
    formula: String.raw`\lceil m / r \rceil \cdot \lceil n / c \rceil`,
    inputs: outputInputs(output),
    substitution: `${Math.ceil(output.m / rows)} · ${Math.ceil(output.n / columns)} = ${text}`,
  };
};

export const wavesValue: ValueDefinition = (args) => {
  const output = readOutput(args);
  const gpu = args.gpu();
  const tiles = tileCount(output);
  const waves = waveCount(tiles, gpu.numSms);
  return {
    text: formatCount(waves),
    title: `Waves of a product on the ${gpu.name}`,
    formula: String.raw`\left\lceil t / s \right\rceil`,
    inputs: [
      countInput("t", "tiles", tiles),
      countInput("s", "SMs, one tile on each", gpu.numSms),
      ...outputInputs(output),
    ],
    substitution: `${formatCount(tiles)} / ${gpu.numSms} = ${formatNumber(tiles / gpu.numSms)}, rounded up to ${formatCount(waves)}`,
    sources: [gpuSource(gpu)],
  };
};

export const waveEfficiencyValue: ValueDefinition = (args) => {
  const output = readOutput(args);
  const gpu = args.gpu();
  const { waves, efficiency } = waveEfficiency({ ...output, sms: gpu.numSms });
  const [rows, columns] = output.tile;
  const text = efficiency === 1 ? "1.00" : formatNumber(efficiency, 2);
  return {
    text,
    title: `Useful share of the tiles’ places, ${gpu.name}`,
    formula: String.raw`\frac{m \cdot n}{w \cdot s \cdot r \cdot c}`,
    inputs: [
      ...outputInputs(output),
      countInput("w", "waves", waves),
      countInput("s", "SMs", gpu.numSms),
    ],
    substitution: `${formatCount(output.m)} · ${formatCount(output.n)} / (${waves} · ${gpu.numSms} · ${rows} · ${columns}) = ${formatNumber(efficiency, 4)}`,
    sources: [gpuSource(gpu)],
  };
};

/** Rate of a product that took a measured time, in milliseconds. */
export const matmulRate: ValueDefinition = (args) => {
  const [m, n, k] = [args.number("m"), args.number("n"), args.number("k")];
  const took = args.number("ms");
  const text = formatSi((2 * m * n * k) / (took / 1000), "FLOP/s");
  return {
    text,
    title: "Rate of a measured product",
    formula: String.raw`\frac{2 \cdot m \cdot n \cdot k}{t}`,
    inputs: [
      countInput("m", "tokens", m),
      countInput("n", "outputs", n),
      countInput("k", "inputs", k),
      { symbol: "t", meaning: "measured, as given in the text", value: `${took} ms` },
    ],
    substitution: `2 · ${formatCount(m)} · ${formatCount(n)} · ${formatCount(k)} / ${took} ms = ${text}`,
  };
};

export const swigluWidth: ValueDefinition = (args) => {
  const width = args.number("width");
  const text = formatNumber((8 * width) / 3, 7);
  return {
    text,
    title: "Hidden width that keeps the parameters of the ungated network",
    formula: String.raw`\tfrac{8}{3} D`,
    inputs: [countInput("D", "width of the model", width)],
    substitution: `8 · ${formatCount(width)} / 3 = ${text}`,
    note: "Three matrices of D · 8/3 D hold as many weights as two of D · 4 D.",
  };
};

export const powerOfTwo: ValueDefinition = (args) => {
  const size = args.number("size");
  if (!Number.isInteger(size)) throw new Error("needs a whole number");
  let power = 1;
  while (size % (2 * power) === 0) power *= 2;
  return {
    text: formatCount(power),
    title: `Largest power of two that divides ${formatCount(size)}`,
    formula: String.raw`\max\{\,2^i : 2^i \mid n\,\}`,
    inputs: [countInput("n", "the size", size)],
    substitution: `${formatCount(size)} = ${formatCount(power)} · ${formatCount(size / power)}`,
  };
};

export const nextMultiple: ValueDefinition = (args) => {
  const size = args.number("size");
  const multiple = args.number("multiple");
  const next = Math.ceil(size / multiple) * multiple;
  return {
    text: formatCount(next),
    title: `Next multiple of ${multiple}`,
    formula: String.raw`\lceil n / k \rceil \cdot k`,
    inputs: [countInput("n", "the size", size), countInput("k", "the factor", multiple)],
    substitution: `${formatCount(next / multiple)} · ${multiple} = ${formatCount(next)}`,
  };
};

export const shareOf: ValueDefinition = (args) => {
  const size = args.number("size");
  const parts = args.number("parts");
  const text = formatCount(size / parts);
  return {
    text,
    title: "Size of an equal share",
    formula: String.raw`\frac{s}{n}`,
    inputs: [countInput("s", "the whole", size), countInput("n", "parts", parts)],
    substitution: `${formatCount(size)} / ${parts} = ${text}`,
  };
};
