// A page that mounts and unmounts views at a test's command: the site itself never unmounts a figure.
import "./mount-timers.ts";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import CacheClaimView from "../../src/widgets/cache-claim/view.tsx";
import CacheTimingView from "../../src/widgets/cache-timing/view.tsx";
import LabView from "../../src/widgets/lab/view.tsx";
import QkvGrowthView from "../../src/widgets/qkv-growth/view.tsx";
import RaceView from "../../src/widgets/race/view.tsx";

const surroundings = {
  setValues: () => undefined,
  announce: () => undefined,
  setTable: () => undefined,
  setProvenance: () => undefined,
  isMotionReduced: true,
  prediction: undefined,
};

const raceValues = { opening: "lily", text: "", length: 32, weight: "1" };
const labValues = {
  "a-cache": true,
  "a-fusion": true,
  "a-layout": "contiguous",
  "a-batch": 1,
  "b-cache": false,
  "b-fusion": true,
  "b-layout": "contiguous",
  "b-batch": 1,
  position: 15,
  opening: "lily",
  text: "",
  length: 24,
  sampling: "greedy",
  temperature: 0.8,
  "top-k": 40,
  "top-p": 0.95,
  draw: 1,
  model: "stories-1m",
  weight: "1",
  backend: "auto",
  budget: "auto",
};

const stepValues = { position: 31, fusion: true, kvLayout: "contiguous" };
const growthValues = { prompt: "Once upon a time", step: 3, layer: 3, head: 2, cache: true };

interface Shared {
  readonly shouldRun: boolean;
}

const VIEWS: Readonly<Record<string, (shared: Shared) => ReactNode>> = {
  race: (shared) => <RaceView {...surroundings} {...shared} values={raceValues} />,
  lab: (shared) => <LabView {...surroundings} {...shared} values={labValues} />,
  "cache-claim": (shared) => <CacheClaimView {...surroundings} {...shared} values={stepValues} />,
  "cache-timing": (shared) => <CacheTimingView {...surroundings} {...shared} values={stepValues} />,
  "qkv-growth": (shared) => <QkvGrowthView {...surroundings} {...shared} values={growthValues} />,
};

/** Mounts the view; returns what unmounts it. */
function mount(id: string, shouldRun: boolean): () => void {
  const root = createRoot(document.getElementById("host")!);
  root.render(VIEWS[id]!({ shouldRun }));
  return () => root.unmount();
}

Reflect.set(globalThis, "mountView", mount);
