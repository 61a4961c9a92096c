// The same model writes the same story twice, with the KV cache and without: a race on the reader's own device.
import { defineWidget } from "../../figure/widget.ts";
import { NO_NUMBER } from "../../ui/format.ts";
import { Expectation } from "./drawing.tsx";
import { countRows, describeRows, expectRace } from "./expected.ts";
import { openingOf, parameters } from "./parameters.ts";

export default defineWidget({
  id: "race",
  title: "The same story, twice",
  summary:
    "One model writes one story with the KV cache on and off at the same time, each against its own clock.",
  parameters,
  mount: "interaction",
  runLabel: "Run the race",
  minHeight: { narrow: 1180, wide: 620 },
  provenance: { kind: "measured", device: "this device, when you press Run" },
  poster: (values) => <Expectation race={expectRace(values)} />,
  describe: (values) => {
    const { isKnown, lanes } = expectRace(values);
    const runs = `Two runs of the same model go on from “${openingOf(values)}” for up to ${values.length} tokens: one with the KV cache on, one with it off.`;
    return isKnown ? `${runs} ${describeRows(lanes.on)}` : runs;
  },
  table: (values) => {
    const { isKnown, lanes } = expectRace(values);
    const rows = countRows(lanes.on);
    return {
      caption: "Before a race: what each run has to do",
      columns: ["", "Tokens asked for", "Opening", "Rows through the layers"],
      rows: [
        ["KV cache on", values.length, openingOf(values), isKnown ? rows.on : NO_NUMBER],
        ["KV cache off", values.length, openingOf(values), isKnown ? rows.off : NO_NUMBER],
      ],
    };
  },
  load: () => import("./view.tsx"),
});
