// The live figure: kernels apart and fused on this device.
import type { ReactNode } from "react";
import fusionPairs from "../../experiments/fusion-pairs/experiment.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { leaseAnyDevice, LiveView, type LiveWork } from "../../live/live-view.tsx";
import type { OpenedEngine } from "../../model/page-engine.ts";
import { getFigure } from "./figure.ts";
import type { parameters } from "./parameters.ts";

const experiment: Omit<LiveWork<typeof parameters, OpenedEngine>, "figure"> = {
  lease: () => leaseAnyDevice(),
  openingStage: "opening the device",
  run: ({ engine }, values, context) => fusionPairs.run(engine, values, context),
};

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const figure = getFigure(props.values.pair);
  return <LiveView work={{ ...experiment, figure }} view={props} />;
}
