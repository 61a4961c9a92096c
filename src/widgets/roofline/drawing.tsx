// The picture, the same on the poster and live: the roofline, its key, and each step operator by operator.
import type { ReactNode } from "react";
import { MEASURED_SOURCE } from "../../core/roofline/measured/measured-gemm.ts";
import { formatNumber } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { Stats, Verdict } from "../../ui/parts.tsx";
import { SizedPicture } from "../../ui/plot.tsx";
import { openRidge, openTime, writeStats } from "./opened.ts";
import { RooflinePicture } from "./roof.tsx";
import {
  createScene,
  describeScene,
  sayStep,
  writeVerdict,
  type RooflineScene,
  type RooflineValues,
  type Step,
} from "./scene.ts";

function Key({ scene }: { scene: RooflineScene }): ReactNode {
  const hasMeasured = scene.sets.some(({ kind }) => kind === "published");
  return (
    <ul className="roofline-key chart">
      {scene.steps.map(({ phase }) => (
        <li key={phase}>
          <svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">
            {phase === "prefill" ? (
              <rect className="roofline-key-mark" x={-6} y={-6} width={12} height={12} />
            ) : (
              <circle className="roofline-key-mark" r={6.5} />
            )}
          </svg>
          {phase}
        </li>
      ))}
      <li>larger: more of the step’s time</li>
      {hasMeasured && (
        <li>
          <svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">
            <path className="roofline-measured" d="M0 -5l5 5l-5 5l-5 -5z" />
          </svg>
          measured kernels, 1 to 4,096 tokens
        </li>
      )}
      <li>
        ridge: <OpenNumber value={openRidge(scene)} />
      </li>
    </ul>
  );
}

function Operators({ step, scene }: { step: Step; scene: RooflineScene }): ReactNode {
  return (
    <table className="roofline-operators">
      <caption className="visually-hidden">Operators of the {step.phase}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Letter</span>
          </th>
          <th scope="col">Operator</th>
          <th scope="col">FLOP/B</th>
          <th scope="col">Time</th>
          <th scope="col">Waits for</th>
        </tr>
      </thead>
      <tbody>
        {step.rows.map((row) => (
          <tr key={row.operator.id}>
            <td className="roofline-letter">{row.letter}</td>
            <th scope="row">{row.operator.name}</th>
            <td>{row.operator.cost.flops === 0 ? "none" : formatNumber(row.intensity)}</td>
            <td>
              <OpenNumber value={openTime(row, step, scene)} />
            </td>
            <td className={`roofline-waits ${row.time.bound}-bound`}>
              {row.time.bound === "memory" ? "memory" : "arithmetic"}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface StepPanelProps {
  readonly step: Step;
  readonly scene: RooflineScene;
  readonly values: RooflineValues;
}

function StepPanel({ step, scene, values }: StepPanelProps): ReactNode {
  return (
    <section aria-label={step.phase === "prefill" ? "Prefill" : "Decode"}>
      <Verdict
        bound={step.time.bound === "memory" ? "memory-bound" : "compute-bound"}
        sentence={writeVerdict(step)}
      >
        <p className="verdict-detail">{sayStep(step, values)}</p>
      </Verdict>
      <Stats stats={writeStats(step, scene)} />
      <Operators step={step} scene={scene} />
    </section>
  );
}

export function Drawing({ values }: { readonly values: RooflineValues }): ReactNode {
  const scene = createScene(values);
  const hasMeasured = scene.sets.some(({ kind }) => kind === "published");
  return (
    <>
      <Key scene={scene} />
      <SizedPicture
        description={describeScene(scene)}
        heightAt={(width) => (width < 480 ? 320 : 400)}
        renderAt={(size) => <RooflinePicture scene={scene} size={size} />}
      />
      {hasMeasured && (
        <p className="roofline-note">
          Measured on a real {scene.gpu.name.replace("NVIDIA ", "")}, published by{" "}
          <a href={MEASURED_SOURCE.url}>{MEASURED_SOURCE.label}</a>: Q, O, G and D of one layer,
          each alone.
        </p>
      )}
      {values.measured && !hasMeasured && (
        <p className="roofline-note">
          No measured points of this model on this GPU. There are some of Llama 2 7B and 70B and of
          Llama 3.1 70B on the A100 80GB SXM and the H100 SXM, and of Llama 3.1 8B on the A100.
        </p>
      )}
      {scene.isTooLarge && (
        <p className="roofline-note">
          The 16-bit weights of {scene.model.name} do not fit into one {scene.gpu.name}; the times
          are as if they did.
        </p>
      )}
      <div className="roofline-steps">
        {scene.steps.map((step) => (
          <StepPanel key={step.phase} step={step} scene={scene} values={values} />
        ))}
      </div>
    </>
  );
}
