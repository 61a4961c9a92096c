// A part of the results under a heading. What is out of sight costs no layout.
import type { ReactNode } from "react";

export interface SectionProps {
  readonly title: string;
  readonly children: ReactNode;
}

export function Section({ title, children }: SectionProps): ReactNode {
  return (
    <section className="calculator-section">
      <h4>{title}</h4>
      {children}
    </section>
  );
}
