// The picture, what its shades mean, and the requests' texts; the same on the poster and live.
import type { ReactNode } from "react";
import { BlocksPicture, colourOf } from "./picture.tsx";
import { PROMPTS } from "./prompts.ts";
import { createScene, type Moment } from "./scene.ts";

function Origin({ moment }: { readonly moment: Moment | undefined }): ReactNode {
  if (moment === undefined) {
    return (
      <p className="live-blocks-origin">
        Nothing runs yet: the pool is empty. Once it does, what is drawn is read back from the
        device: the array that the attention kernel reads.
      </p>
    );
  }
  return (
    <p className="live-blocks-origin">
      Live, not simulated: read back from {moment.device}, out of the array that the attention
      kernel reads. Full colour: keys and values that are stored. Pale: tokens whose keys and values
      come with the next step. Outlined: empty slots. Dashed: free blocks.
    </p>
  );
}

/** @param moment - absent before a run. */
export function Drawing({ moment }: { readonly moment: Moment | undefined }): ReactNode {
  return (
    <>
      {moment?.notice !== undefined && <output className="figure-notice">{moment.notice}</output>}
      <BlocksPicture scene={createScene(moment)} />
      <Origin moment={moment} />
      <dl className="live-blocks-texts">
        {PROMPTS.map(({ name, text }, row) => {
          const written = moment?.texts[row] ?? text;
          const isOpening = written.startsWith(text);
          return (
            <div key={name}>
              <dt>
                <span className="live-blocks-swatch" style={{ background: colourOf(row) }} />
                {name}
              </dt>
              <dd>
                <b>{isOpening ? text : ""}</b>
                {isOpening ? written.slice(text.length) : written}
              </dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}
