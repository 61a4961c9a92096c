// The calculator beside its form: presets and a log above, the results, and the line to run it below. The same on the
// poster, where nothing answers yet, and live.
import { memo, type ReactNode } from "react";
import { Button } from "../../ui/controls.tsx";
import { Command } from "./command.tsx";
import { CustomJson } from "./custom-json.tsx";
import { exportFormats } from "./export-formats.ts";
import { Exports } from "./exports.tsx";
import { shortenGpu, shortenModel } from "./inputs.ts";
import { LogPaste } from "./log-paste.tsx";
import { CUSTOM, type CalculatorValues } from "./parameters.ts";
import { applyPreset, PRESETS } from "./presets.ts";
import { Results } from "./results.tsx";
import { createScene } from "./scene.ts";

export interface CalculatorProps {
  readonly values: CalculatorValues;
  readonly setValues: (change: Partial<CalculatorValues>) => void;
  readonly announce: (sentence: string) => void;
}

function OwnCatalogue({ values, setValues }: CalculatorProps): ReactNode {
  return (
    <>
      {values.model === CUSTOM && (
        <CustomJson
          label="The model’s config.json"
          hint="Paste the config.json that Hugging Face keeps with the model, choose the file, or drop it here."
          value={values["model-json"]}
          shorten={shortenModel}
          onChange={(short) => setValues({ "model-json": short })}
        />
      )}
      {values.hardware === CUSTOM && (
        <CustomJson
          label="The GPU’s figures as JSON"
          hint="memoryGB, bandwidthTBps, dense16BitTFLOPs and numSms; for more than one GPU also nvlinkPerDirectionGBps or pcieGeneration. Rates are dense."
          value={values["hardware-json"]}
          shorten={shortenGpu}
          onChange={(short) => setValues({ "hardware-json": short })}
        />
      )}
    </>
  );
}

function Presets({ values, setValues }: CalculatorProps): ReactNode {
  return (
    <div className="calculator-presets">
      <span>Examples</span>
      {PRESETS.map((preset) => (
        <Button
          key={preset.label}
          kind="quiet"
          onPress={() => setValues(applyPreset(preset, values))}
        >
          {preset.label}
        </Button>
      ))}
    </div>
  );
}

/** Everything under the form, and drawn again only with another form. */
export const Calculator = memo(function Calculator(props: CalculatorProps): ReactNode {
  const { values, setValues, announce } = props;
  const scene = createScene(values);
  return (
    <div className="calculator">
      <Presets {...props} />
      <LogPaste {...props} />
      <OwnCatalogue {...props} />
      <Results scene={scene} onApply={setValues}>
        {scene.kind === "answer" && scene.running !== undefined && (
          <>
            <Command
              command={scene.running.command}
              notes={scene.running.commandNotes}
              announce={announce}
            />
            <Exports
              formats={exportFormats(
                scene.running.evaluation,
                scene.instead === undefined ? undefined : scene.asked,
              )}
              announce={announce}
            />
          </>
        )}
      </Results>
    </div>
  );
});
