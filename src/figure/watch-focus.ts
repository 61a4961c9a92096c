// Where the keyboard goes when the control that it was at is taken away.

/** Time for the view to put the keyboard where it wants it, such as on what a pressed button brought. */
const GRACE_MS = 100;

/**
 * A control that was pressed may be gone afterwards, as a remedy is that was applied. The keyboard then goes to the
 * outcome, or to the first button there is, and not back to the top of the page.
 *
 * @returns a function that ends it.
 */
export function watchFocus(body: HTMLElement): () => void {
  const { activeElement } = document;
  let last = activeElement !== null && body.contains(activeElement) ? activeElement : undefined;
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
