// The rules, met or not, for the proposal and for the plain choice.
import type { ReactNode } from "react";
import type { ShapeCheck } from "../../core/shapes/rules.ts";
import type { RulePair } from "./scene.ts";

function Mark({ check }: { readonly check: ShapeCheck }): ReactNode {
  return (
    <span className={check.isMet ? "shape-designer-met" : "shape-designer-unmet"}>
      {check.isMet ? "met" : "not met"}
    </span>
  );
}

function Reason({ name, check }: { readonly name: string; readonly check: ShapeCheck }): ReactNode {
  return (
    <p>
      <b>{name}:</b> {check.why} {check.remedy}
    </p>
  );
}

export function RulesList({ rules }: { readonly rules: readonly RulePair[] }): ReactNode {
  return (
    <div className="shape-designer-rules">
      <p className="shape-designer-rules-head" aria-hidden="true">
        <span>Rule</span>
        <span>Proposal</span>
        <span>Plain</span>
      </p>
      {rules.map(({ id, rule, proposed, plain }) => (
        <details key={id}>
          <summary>
            <span>{rule}</span> <span className="visually-hidden">Proposal: </span>
            <Mark check={proposed} /> <span className="visually-hidden">Plain choice: </span>
            <Mark check={plain} />
          </summary>
          <Reason name="Proposal" check={proposed} />
          <Reason name="Plain choice" check={plain} />
        </details>
      ))}
    </div>
  );
}
