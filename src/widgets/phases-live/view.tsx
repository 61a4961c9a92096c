// The live figure: both phases on this device.
import type { ReactNode } from "react";
import prefillDecode from "../../experiments/prefill-decode/experiment.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { LiveView, type LiveWork } from "../../live/live-view.tsx";
import type { ReadyEngine } from "../../model/page-engine.ts";
import { figure } from "./figure.ts";
import { leaseStoryModel } from "./lease.ts";
import type { parameters } from "./parameters.ts";

const work: LiveWork<typeof parameters, ReadyEngine> = {
  figure,
  lease: ({ weight }, onProgress) => leaseStoryModel(Number(weight), onProgress),
  openingStage: "loading the model",
  run: ({ engine, model }, { prompt }, context) =>
    prefillDecode.run(engine, { prompt, curve: true }, { ...context, model }),
};

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  return <LiveView work={work} view={props} />;
}
