// The view replaces the poster under the reader's hands: the keyboard, and a number that was opened, stay where they were.

/** One control of a figure's body, as the same control of another drawing is found by. */
interface Landmark {
  readonly tag: string;
  readonly name: string;
  /** Among the controls of its tag, from 0. */
  readonly order: number;
}

/** Where the reader was in the poster. */
export interface Place {
  /** What stood unfolded. */
  readonly unfolded: readonly Landmark[];
  /** A button that was pressed and could not answer yet. */
  readonly pressed?: Landmark | undefined;
  readonly focused?: Landmark | undefined;
  /** The button of the number that stood open. */
  readonly opened?: Landmark | undefined;
}

function nameOf(control: Element): string {
  const said = control.ariaLabel ?? control.textContent;
  if (!(control instanceof HTMLInputElement)) return said;
  return `${control.labels?.[0]?.textContent ?? said} ${control.value}`;
}

function describeControl(body: Element, control: Element | null): Landmark | undefined {
  if (control === null || !body.contains(control)) return undefined;
  const tag = control.tagName;
  const order = [...body.querySelectorAll(tag)].indexOf(control);
  return { tag, name: nameOf(control), order };
}

const isDisclosure = (element: Element): boolean => element.hasAttribute("popovertarget");

/**
 * Call it just before the poster goes.
 *
 * @param pressed - the last button that the reader pressed before there was a script to hear it.
 */
export function findPlace(body: Element, pressed: Element | undefined): Place {
  const unfolded = [...body.querySelectorAll("details[open] > summary")];
  const isWaiting = pressed !== undefined && !isDisclosure(pressed);
  const popover = body.querySelector(":popover-open");
  const opener = popover && body.querySelector(`[popovertarget="${CSS.escape(popover.id)}"]`);
  return {
    focused: describeControl(body, document.activeElement),
    opened: describeControl(body, opener),
    unfolded: unfolded.flatMap((summary) => describeControl(body, summary) ?? []),
    pressed: isWaiting ? describeControl(body, pressed) : undefined,
  };
}

const controlsOf = (body: Element, { tag }: Landmark): HTMLElement[] => [
  ...body.querySelectorAll<HTMLElement>(`${tag}:not(:disabled)`),
];

function findNamed(body: Element, landmark: Landmark): HTMLElement | undefined {
  return controlsOf(body, landmark).find((control) => nameOf(control) === landmark.name);
}

/** By its name, or where no control has that name, by its place among its kind. */
function findControl(body: Element, landmark: Landmark): HTMLElement | undefined {
  return findNamed(body, landmark) ?? controlsOf(body, landmark)[landmark.order];
}

/** Call it once the view stands: does nothing where the reader has gone on in the meantime. */
export function restorePlace(body: Element, place: Place): void {
  for (const landmark of place.unfolded) {
    const details = findControl(body, landmark)?.closest("details");
    if (details) details.open = true;
  }
  restoreFocus(body, place);
  if (place.pressed) findNamed(body, place.pressed)?.click();
}

function restoreFocus(body: Element, { focused, opened }: Place): void {
  const landmark = opened ?? focused;
  if (landmark === undefined || document.activeElement !== document.body) return;
  const control =
    findControl(body, landmark) ?? body.querySelector<HTMLElement>("button:not(:disabled)");
  if (!control) return;
  control.focus({ preventScroll: true });
  const popover = opened && control instanceof HTMLButtonElement && control.popoverTargetElement;
  // Not by a press: what is pressed before the figure is live is pressed again, and that would close it.
  if (popover instanceof HTMLElement) popover.showPopover({ source: control });
}
