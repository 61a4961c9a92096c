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

function findControl(body: Element, { tag, name, order }: Landmark): HTMLElement | undefined {
  const ofTag = [...body.querySelectorAll<HTMLElement>(`${tag}:not(:disabled)`)];
  return ofTag.find((control) => nameOf(control) === name) ?? ofTag[order];
}

/** Call it once the view stands: does nothing where the reader has gone on in the meantime. */
export function restorePlace(body: Element, place: Place): void {
  for (const landmark of place.unfolded) {
    const details = findControl(body, landmark)?.closest("details");
    if (details) details.open = true;
  }
  restoreFocus(body, place);
  if (place.pressed) findControl(body, place.pressed)?.click();
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

/** Time for the view to put the keyboard where it wants it, such as on what a pressed button brought. */
const GRACE_MS = 100;

/**
 * A control that was pressed may be gone afterwards, as a remedy is that was applied. The keyboard then goes to the
 * outcome, or to the first button there is, and not back to the top of the page.
 *
 * @returns a function that ends it.
 */
export function watchFocus(body: HTMLElement): () => void {
  let last: Element | undefined;
  const onFocusIn = ({ target }: FocusEvent) => {
    last = target instanceof Element ? target : undefined;
  };
  const onFocusOut = ({ target }: FocusEvent) => {
    // What is still there after the event was left by the reader, and not taken away.
    setTimeout(() => {
      if (target === last && last?.isConnected) last = undefined;
    });
  };
  const moveOn = () => {
    if (last === undefined || last.isConnected || document.activeElement !== document.body) return;
    last = undefined;
    const outcome =
      body.querySelector<HTMLElement>("[data-outcome]") ??
      body.querySelector<HTMLElement>("button:not(:disabled)");
    outcome?.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(() => {
    if (last !== undefined && !last.isConnected) setTimeout(moveOn, GRACE_MS);
  });
  body.addEventListener("focusin", onFocusIn);
  body.addEventListener("focusout", onFocusOut);
  observer.observe(body, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    body.removeEventListener("focusin", onFocusIn);
    body.removeEventListener("focusout", onFocusOut);
  };
}
