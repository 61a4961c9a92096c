// The view replaces the poster under the reader's hands: the keyboard, a number that was opened and a text that was
// written stay where they were.

/** One control of a figure's body, as the same control of another drawing is found by. */
interface Landmark {
  readonly tag: string;
  readonly name: string;
  /** Among the controls of its tag, from 0. */
  readonly order: number;
}

/** What the reader wrote before there was a script to hear it. */
interface Writing {
  readonly box: Landmark;
  readonly text: string;
}

/** Where the reader was in the poster. */
export interface Place {
  readonly written: readonly Writing[];
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
  if (control instanceof HTMLTextAreaElement) return control.labels[0]?.textContent ?? said;
  if (!(control instanceof HTMLInputElement)) return said;
  return `${control.labels?.[0]?.textContent ?? said} ${control.value}`;
}

function describeControl(body: Element, control: Element | null): Landmark | undefined {
  if (control === null || !body.contains(control)) return undefined;
  const tag = control.tagName;
  const order = [...body.querySelectorAll(tag)].indexOf(control);
  return { tag, name: nameOf(control), order };
}

function findWriting(body: Element): Writing[] {
  return [...body.querySelectorAll("textarea")].flatMap((area) => {
    const box = describeControl(body, area);
    return box === undefined || area.value === area.defaultValue ? [] : { box, text: area.value };
  });
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
    written: findWriting(body),
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
  for (const writing of place.written) writeAgain(body, writing);
  restoreFocus(body, place);
  if (place.pressed) findNamed(body, place.pressed)?.click();
}

function writeAgain(body: Element, { box, text }: Writing): void {
  const area = findControl(body, box);
  if (!(area instanceof HTMLTextAreaElement)) return;
  // React overlooks a `value` that a script sets, and with it the event.
  area.setRangeText(text, 0, area.value.length, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
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
