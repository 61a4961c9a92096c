// What the loader asks for on the reader's first touch: the frame, and the notebook that keeps predictions.
import { mountFigure, type WidgetModule } from "../figure/mount.tsx";
import { createPredictionBook } from "../notebook/prediction-book.ts";
import { openNotebook } from "../notebook/store.ts";

export async function mountIsland(
  host: HTMLElement,
  moduleUrl: string,
  findPressed: () => HTMLElement | undefined,
): Promise<void> {
  // The address was written by the build, from its own list of files.
  const module: WidgetModule = await import(/* @vite-ignore */ moduleUrl);
  await mountFigure(host, module, {
    findPressed,
    predictions: createPredictionBook(openNotebook()),
  });
}
