// A page that mounts and unmounts views at a test's command: the site itself never unmounts a figure.
import { createRoot } from "react-dom/client";
import LabView from "../../src/widgets/lab/view.tsx";
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

/** Mounts the view; returns what unmounts it. */
function mount(id: "race" | "lab", shouldRun: boolean): () => void {
  const root = createRoot(document.getElementById("host")!);
  const shared = { ...surroundings, shouldRun };
  root.render(
    id === "race" ? (
      <RaceView {...shared} values={raceValues} />
    ) : (
      <LabView {...shared} values={labValues} />
    ),
  );
  return () => root.unmount();
}

Reflect.set(globalThis, "mountView", mount);
