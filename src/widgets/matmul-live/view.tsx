// The live figure: products that double in size on this device.
import type { ReactNode } from "react";
import matmulSize from "../../experiments/matmul-size/experiment.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { leaseAnyDevice, LiveView, type LiveWork } from "../../live/live-view.tsx";
import type { OpenedEngine } from "../../model/page-engine.ts";
import { figure } from "./figure.ts";
import type { parameters } from "./parameters.ts";

const work: LiveWork<typeof parameters, OpenedEngine> = {
  figure,
  lease: () => leaseAnyDevice(),
  openingStage: "opening the device",
  run: ({ engine }, values, context) => matmulSize.run(engine, values, context),
};

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  return <LiveView work={work} view={props} />;
}
