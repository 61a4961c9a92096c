// Firefox looks every 100 ms whether work on the device has ended, and also when something is submitted: an answer that is
// waited for without more comes up to 100 ms late. Empty submissions make it look at once.
// https://bugzilla.mozilla.org/show_bug.cgi?id=1870699; this can go when that is closed.

/** A browser may make it 4 ms. */
const NUDGE_MS = 1;

/** @param userAgent - by default that of this browser; Node has none that matters. */
export function needsNudges(userAgent = globalThis.navigator?.userAgent ?? ""): boolean {
  return /\bFirefox\//.test(userAgent);
}

/** Waits for the device's answer, with empty submissions until it is there. */
export async function nudge<Answer>(
  answer: Promise<Answer>,
  queue: Pick<GPUQueue, "submit">,
): Promise<Answer> {
  queue.submit([]);
  const timer = setInterval(() => queue.submit([]), NUDGE_MS);
  try {
    return await answer;
  } finally {
    clearInterval(timer);
  }
}
