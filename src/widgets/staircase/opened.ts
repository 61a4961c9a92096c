// What the figure's numbers unfold into.
import { MEASURED_SOURCE } from "../../core/roofline/measured/measured-gemm.ts";
import {
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import type { CurvePoint, StaircaseScene } from "./scene.ts";

const TILE_GUIDE = {
  label: "NVIDIA, Matrix Multiplication Background User's Guide",
  url: "https://docs.nvidia.com/deeplearning/performance/dl-performance-matrix-multiplication/index.html",
};

export function openTiles(scene: StaircaseScene): OpenedNumber {
  const { product, tile, tiles, tileRows, tileColumns } = scene;
  const text = formatCount(tiles);
  return {
    text,
    title: "Tiles of the output",
    formula: "tiles = ⌈M / tile rows⌉ · ⌈N / tile columns⌉",
    inputs: [
      { symbol: "M", meaning: "rows of the output, one a token", value: formatCount(product.m) },
      { symbol: "N", meaning: "columns of the output", value: formatCount(product.n) },
      { symbol: "tile", meaning: "rows × columns", value: `${tile.rows} × ${tile.columns}` },
    ],
    substitution: `⌈${formatCount(product.m)} / ${tile.rows}⌉ · ⌈${formatCount(product.n)} / ${tile.columns}⌉ = ${formatCount(tileRows)} · ${formatCount(tileColumns)} = ${text}`,
    sources: [TILE_GUIDE],
  };
}

export function openWaves(scene: StaircaseScene): OpenedNumber {
  const { product, tile, tiles, tileRows, tileColumns, waves, gpu } = scene;
  return {
    text: formatCount(waves),
    title: "Waves of tiles",
    formula: "waves = ⌈⌈M / tile rows⌉ · ⌈N / tile columns⌉ / SMs⌉",
    inputs: [
      { symbol: "M", meaning: "rows of the output, one a token", value: formatCount(product.m) },
      { symbol: "N", meaning: "columns of the output", value: formatCount(product.n) },
      { symbol: "tile", meaning: "rows × columns", value: `${tile.rows} × ${tile.columns}` },
      { symbol: "SMs", meaning: gpu.name, value: formatCount(gpu.numSms) },
    ],
    substitution: `⌈${formatCount(tileRows)} · ${formatCount(tileColumns)} / ${formatCount(gpu.numSms)}⌉ = ⌈${formatNumber(tiles / gpu.numSms)}⌉ = ${formatCount(waves)}`,
    note: "One tile an SM at a time. Libraries may run two smaller tiles on an SM, or cut the sum over K.",
    sources: [TILE_GUIDE, { label: `${gpu.name}, number of SMs`, url: gpu.source.url }],
  };
}

export function openEfficiency({
  product,
  tile,
  waves,
  gpu,
  efficiency,
}: StaircaseScene): OpenedNumber {
  const text = formatPercent(efficiency, 3);
  return {
    text,
    title: "Share of the work that was asked for",
    formula: "efficiency = M · N / (waves · SMs · tile rows · tile columns)",
    inputs: [
      { symbol: "M · N", meaning: "outputs asked for", value: formatCount(product.m * product.n) },
      { symbol: "waves", meaning: "of tiles", value: formatCount(waves) },
      { symbol: "SMs", meaning: gpu.name, value: formatCount(gpu.numSms) },
      { symbol: "tile", meaning: "rows × columns", value: `${tile.rows} × ${tile.columns}` },
    ],
    substitution: `${formatCount(product.m)} · ${formatCount(product.n)} / (${formatCount(waves)} · ${formatCount(gpu.numSms)} · ${tile.rows} · ${tile.columns}) = ${text}`,
    note: "The rest is idle SMs of the last wave, and parts of tiles that lie outside the output.",
    sources: [TILE_GUIDE],
  };
}

export function openFloor(scene: StaircaseScene): OpenedNumber {
  const { product, tile, waves, gpu, waveSeconds, memorySeconds, floor } = scene;
  const text = formatSeconds(floor);
  return {
    text,
    title: "The least time with these tiles",
    formula: "max(waves · SMs · 2 · tile rows · tile columns · K / peak, bytes / bandwidth)",
    inputs: [
      { symbol: "waves", meaning: "of tiles", value: formatCount(waves) },
      { symbol: "SMs", meaning: gpu.name, value: formatCount(gpu.numSms) },
      { symbol: "tile", meaning: "rows × columns", value: `${tile.rows} × ${tile.columns}` },
      { symbol: "K", meaning: "length of each sum", value: formatCount(product.k) },
      { symbol: "peak", meaning: "16 bits, dense", value: formatSi(gpu.peakFlops, "FLOP/s") },
      {
        symbol: "bytes",
        meaning: "2 · (M·K + K·N + M·N)",
        value: formatSi(memorySeconds * gpu.bandwidth, "B"),
      },
      { symbol: "bandwidth", meaning: "of the memory", value: formatSi(gpu.bandwidth, "B/s", 4) },
    ],
    substitution: `max(${formatSeconds(waveSeconds)}, ${formatSeconds(memorySeconds)}) = ${text}`,
    note: "A lower bound: no start-up, no losses inside a tile.",
    sources: [{ label: `${gpu.name}, peak and bandwidth`, url: gpu.source.url }],
  };
}

export function openMeasured({ gpu, product }: StaircaseScene, point: CurvePoint): OpenedNumber {
  const { m, n, k } = { ...product, m: point.rows };
  const text = formatSeconds(point.seconds);
  return {
    text,
    title: `Measured on an ${gpu.name}`,
    formula: "rate = 2 · M · N · K / time",
    inputs: [
      { symbol: "M", meaning: "tokens at which it was timed", value: formatCount(m) },
      {
        symbol: "N, K",
        meaning: "outputs and inputs",
        value: `${formatCount(n)}, ${formatCount(k)}`,
      },
      { symbol: "time", meaning: "median", value: text },
    ],
    substitution: `2 · ${formatCount(m)} · ${formatCount(n)} · ${formatCount(k)} / ${text} = ${formatSi((2 * m * n * k) / point.seconds, "FLOP/s")}`,
    note: "Real kernel times, published with a simulator of LLM serving (MIT licence).",
    sources: [MEASURED_SOURCE],
  };
}
